import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeFeed } from '@/testing/FakeFeed';
import { FeedHub, type Port } from './feedWorker';
import type { StreamMessage } from './liveState';
import { openStream, type Stream } from './stream';

const patience = { timeout: 20_000 }; // a busy machine is slow, not wrong
const waitFor = (check: () => void) => vi.waitFor(check, patience);
let open: Stream[] = [];
let polled: string[] = [];
let poll: () => Response = () => Response.json([]);

beforeEach(() => {
  polled = [];
  poll = () => Response.json([]);
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    if (headers.get('Accept') === 'text/event-stream') return new FakeFeed(input, headers, init.signal).answer;
    polled.push(input);
    return Promise.resolve(poll());
  });
});
afterEach(() => {
  for (const stream of open) stream.close();
  open = [];
});

function listen(options: Parameters<typeof openStream>[1] = {}) {
  const heard: StreamMessage[] = [];
  open.push(openStream((message) => heard.push(message), options));
  const kinds = () => heard.map((message) => (message.kind === 'state' ? message.state : message.kind));
  return { heard, kinds };
}
const event = (id: string, title = 'Opera') => `id: ${id}\nevent: ticket:created\ndata: {"id":"t","title":"${title}"}\n\n`;
const opened = (count: number) => waitFor(() => expect(FakeFeed.opened).toHaveLength(count));
const last = () => FakeFeed.opened.at(-1) as FakeFeed;

test('cursors are opaque: a stream that broke resumes behind the last id, whatever it looks like', async () => {
  const { heard, kinds } = listen();
  last().open();
  last().write(event('h9:a/b=41'));
  await waitFor(() => expect(kinds()).toContain('events'));
  expect(heard.find((message) => message.kind === 'events')).toMatchObject({ events: [{ id: 'h9:a/b=41', subject: 'ticket:created', data: { title: 'Opera' } }] });
  last().fail();
  await opened(2);
  expect(last().url).toBe('/api/events?after=h9%3Aa%2Fb%3D41');
  last().open();
  await waitFor(() => expect(kinds()).toEqual(['connecting', 'live', 'gap', 'events', 'offline', 'live'])); // nothing was missed
});

test('another history: what came before it is void, and the stream goes on from its cursor', async () => {
  const { kinds } = listen({ after: 'old.41' });
  last().write(event('old.42') + 'id: new.7\nevent: reset\ndata: {}\n\n' + event('new.8'));
  await waitFor(() => expect(kinds()).toEqual(['connecting', 'live', 'reset', 'events']));
  last().fail();
  await opened(2);
  expect(last().url).toBe('/api/events?after=new.8');
});

test('a reset without data or cursor starts over from now', async () => {
  const { kinds } = listen({ after: '41' });
  last().write('event: reset\n\n');
  await waitFor(() => expect(kinds()).toContain('reset'));
  last().fail();
  await opened(2);
  expect(last().url).toBe('/api/events');
  last().open();
  await waitFor(() => expect(kinds().slice(-2)).toEqual(['live', 'gap']));
});

test('410 means another history, too', async () => {
  const { kinds } = listen({ after: '41' });
  last().refuse(410);
  await opened(2);
  expect(kinds()).toContain('reset');
  expect(last().url).toBe('/api/events');
});

test('401 says that the session may be another’s', async () => {
  const { kinds } = listen({ headers: { 'Usher-Acts-For': 'ada' } });
  expect(last().headers.get('Usher-Acts-For')).toBe('ada');
  last().refuse(401);
  await waitFor(() => expect(kinds()).toContain('doubt'));
});

test('a line that goes silent is given up and opened again', async () => {
  vi.useFakeTimers();
  const { kinds } = listen();
  last().open();
  await vi.advanceTimersByTimeAsync(50_000);
  last().write(': still here\n\n');
  await vi.advanceTimersByTimeAsync(50_000);
  expect(kinds()).toEqual(['connecting', 'live', 'gap']);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(kinds().at(-1)).toBe('offline');
  expect(FakeFeed.opened.length).toBeGreaterThan(1);
});

test('where no stream can be kept the same feed is polled, page after page', async () => {
  vi.useFakeTimers();
  const { heard } = listen({ after: '41' });
  poll = () =>
    Response.json([{ seq: 42, subject: 'ticket:created', data: { title: 'Polled' } }], { headers: { Link: '</api/events?after=h.43&limit=9>; rel="next"' } });
  for (let i = 0; i < 4; ++i) {
    last().refuse(503);
    await vi.advanceTimersByTimeAsync(6_000);
  }
  expect(polled[0]).toBe('/api/events?after=41');
  expect(heard.filter((message) => message.kind === 'events')[0]).toMatchObject({ events: [{ id: '42', data: { title: 'Polled' } }] });
  expect(last().url).toBe('/api/events?after=h.43');
});

// ---- the worker that all tabs share

const hub = () => {
  const shared = new FeedHub();
  const tab = () => {
    const heard: string[] = [];
    const port: Port = { postMessage: (message) => heard.push(message.kind === 'state' ? message.state : message.kind) };
    return { heard, port, hello: (user: string | null) => shared.hear(port, { kind: 'hello', user }), bye: () => shared.hear(port, { kind: 'bye' }) };
  };
  return { shared, tab };
};

test('tabs of one user have one stream between them; the last one closes it', async () => {
  const { tab } = hub();
  const [a, b] = [tab(), tab()];
  a.hello('ada');
  expect(FakeFeed.opened).toHaveLength(1);
  last().open();
  await waitFor(() => expect(a.heard).toEqual(['connecting', 'live', 'gap']));
  b.hello('ada');
  expect(b.heard).toEqual(['live', 'gap']); // what it was served may be older than the stream
  expect(FakeFeed.opened).toHaveLength(1);
  last().write(event('1'));
  await waitFor(() => expect([a.heard.at(-1), b.heard.at(-1)]).toEqual(['events', 'events']));
  a.bye();
  expect(last().isClosed).toBe(false);
  b.bye();
  expect(last().isClosed).toBe(true);
});

test('another user is another stream, and the other tabs are told to look who it is', async () => {
  const { tab } = hub();
  const [a, b] = [tab(), tab()];
  a.hello('ada');
  last().open();
  b.hello('ada');
  await waitFor(() => expect(b.heard).toContain('live'));
  const adas = last();
  b.hello('bela');
  expect(adas.isClosed).toBe(true);
  expect(FakeFeed.opened).toHaveLength(2);
  expect(last().headers.get('Usher-Acts-For')).toBe('bela');
  expect(a.heard).toContain('doubt');
  expect(b.heard).not.toContain('doubt');
});

test('a pulse is answered by how the line is', () => {
  const { shared, tab } = hub();
  const a = tab();
  a.hello(null);
  shared.hear(a.port, { kind: 'pulse' });
  expect(a.heard).toEqual(['connecting', 'connecting']);
  a.bye();
});
