// Reads the node's event stream for ever: opens it again by itself, resumes behind the last event it
// saw, and polls where a stream can't be kept (some proxies). Read with fetch, not EventSource: it
// sends headers, sees statuses, and notices a line that has gone silent. Runs in a worker as well
// (feedWorker.ts), so nothing here may touch a document or bring the page's words along.
import type { LiveEvent, StreamMessage } from './liveState';
import { sseParser } from './sse';

export interface Stream {
  close(): void;
  wake(): void; // the network is back: what the line was before is nothing to rely on
}

interface Options {
  headers?: Record<string, string>;
  after?: string | null; // a cursor, opaque; null: what happens from now on
}

const feed_path = '/api/events';
const reopen_ms = [250, 500, 1_000, 2_000, 4_000];
const failures_before_polling = 3;
// The node sends a comment every 15 s when nothing happens. Whoever hears nothing for so long has a
// dead line that nobody has told them about.
const silence_ms_max = 60_000;

const at = (cursor: string | null) => (cursor === null ? feed_path : `${feed_path}?after=${encodeURIComponent(cursor)}`);

export function openStream(tell: (message: StreamMessage) => void, { headers = {}, after = null }: Options = {}): Stream {
  let cursor = after;
  let failures = 0;
  let line = new AbortController();
  let goOn: (() => void) | null = null; // ends the wait before the next try
  let closed = false;

  // The history that the cursor belongs to is gone (an older backup was restored): nothing that was
  // seen counts any more.
  const startOver = () => {
    cursor = null;
    tell({ kind: 'reset' });
  };

  const ask = async (accept: string): Promise<Response> => {
    const silent = line;
    const timer = setTimeout(() => silent.abort(), silence_ms_max);
    try {
      return await fetch(at(cursor), { headers: { ...headers, Accept: accept }, cache: 'no-store', signal: silent.signal });
    } finally {
      clearTimeout(timer);
    }
  };

  const read = async (): Promise<void> => {
    const resumed = cursor !== null;
    const response = await ask('text/event-stream');
    if (response.status === 401) tell({ kind: 'doubt' });
    if (response.status === 410) startOver();
    if (!response.ok || !response.body) {
      void response.body?.cancel();
      return;
    }
    failures = 0;
    tell({ kind: 'state', state: 'live' });
    if (!resumed) tell({ kind: 'gap' });

    const parse = sseParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    const silent = line;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        timer = setTimeout(() => silent.abort(), silence_ms_max);
        const { done, value } = await reader.read();
        clearTimeout(timer);
        if (done || closed) return;
        let events: LiveEvent[] = [];
        for (const { id, event, data } of parse(decoder.decode(value, { stream: true }))) {
          if (event === 'reset') {
            events = [];
            startOver();
            cursor = id;
          } else {
            cursor = id ?? cursor;
            const body: unknown = JSON.parse(data);
            events.push({ id: id ?? '', subject: event, data: body } as LiveEvent);
          }
        }
        if (events.length > 0) tell({ kind: 'events', events });
      }
    } finally {
      clearTimeout(timer);
    }
  };

  const poll = async (): Promise<void> => {
    if (cursor === null) return;
    const response = await ask('application/json');
    if (response.status === 410) return startOver();
    if (!response.ok) return;
    const rows = (await response.json()) as { seq: number | string; subject: string; data: unknown }[];
    if (closed || rows.length === 0) return;
    const events = rows.map(({ seq, subject, data }) => ({ id: String(seq), subject, data }) as LiveEvent);
    const next = /[?&]after=([^&>]+)[^>]*>;\s*rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
    cursor = next ? decodeURIComponent(next) : (events.at(-1)?.id ?? cursor);
    tell({ kind: 'events', events });
  };

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      goOn = resolve;
      setTimeout(resolve, ms);
    });

  const keepReading = async () => {
    while (!closed) {
      line = new AbortController();
      try {
        if (failures > failures_before_polling) await poll();
        await read();
      } catch {
        // the line broke, or was cut by us
      }
      if (closed) return;
      failures += 1;
      tell({ kind: 'state', state: 'offline' });
      const wait = reopen_ms[Math.min(failures, reopen_ms.length) - 1] ?? 250;
      await pause(wait * (0.75 + Math.random() / 2));
    }
  };
  tell({ kind: 'state', state: 'connecting' });
  void keepReading();

  return {
    close() {
      closed = true;
      line.abort();
      goOn?.();
    },
    wake() {
      line.abort();
      goOn?.();
    },
  };
}
