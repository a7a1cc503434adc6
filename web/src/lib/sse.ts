// Reads a Server-Sent Events stream by hand: EventSource can send no headers (whom the page acts for,
// the operator's token) and keeps statuses to itself.
export interface SseMessage {
  id: string | null;
  event: string;
  data: string;
}

/** Feed it text as it comes; it gives the messages that are complete. */
export function sseParser(): (chunk: string) => SseMessage[] {
  let rest = '';
  let id: string | null = null;
  let event = 'message';
  let data: string[] = [];

  const line = (text: string): SseMessage | null => {
    if (text === '') {
      // EventSource drops an event without data; one that has a name means something here.
      const done = data.length > 0 || event !== 'message' ? { id, event, data: data.join('\n') } : null;
      event = 'message';
      data = [];
      return done;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return null; // a comment: the heartbeat
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'event') event = value;
    else if (name === 'id') id = value;
    return null;
  };

  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    return lines.map(line).filter((message) => message !== null);
  };
}
