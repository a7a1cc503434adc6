// Idempotency keys. A key stands for one thing that a person wants once ("buy this ticket"), not for
// a click or a request: clicking twice, a retry, or a reload while the answer is on its way carry
// the same key, and the server does it once. Kept in sessionStorage so that it survives a reload.
import { readStored, removeStored, writeStored } from './storage';

interface Intent {
  key: string;
  body: string; // another body is another intent
}

const prefix = 'usher:intent:';

/** The key for `name` (such as "buy:<ticket id>") with this body: the same until it is settled. */
export function keyFor(name: string, body: unknown): string {
  const text = JSON.stringify(body);
  const known = readStored<Intent>('session', prefix + name);
  if (known?.body === text) return known.key;
  const key = newKey();
  writeStored('session', prefix + name, { key, body: text } satisfies Intent);
  return key;
}

/** The intent had a definite answer: wanting the same again is a new one. */
export function settle(name: string): void {
  removeStored('session', prefix + name);
}

/** What was wanted and has had no definite answer yet; after a reload for instance. */
export function pendingBody<T>(name: string): T | null {
  const intent = readStored<Intent>('session', prefix + name);
  return intent ? (JSON.parse(intent.body) as T) : null;
}

// crypto.randomUUID exists only on secure origins; a node in one's own network may be plain http.
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
