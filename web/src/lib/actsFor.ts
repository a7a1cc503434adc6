// A browser has one session and many tabs. What is asked for in somebody's name says in whose: the
// node refuses it (401) when the session is another's by then, so that what a person does in one
// tab is never done as whoever has signed in with another.
const header = 'Usher-Acts-For';

/** The header for a user's id; none for nobody. */
export function actsFor(user: string | null): Record<string, string> {
  // As the node encodes it: everything but RFC 3986's unreserved characters.
  const code = (c: string) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
  return user === null ? {} : { [header]: encodeURIComponent(user).replace(/[!'()*]/g, code) };
}
