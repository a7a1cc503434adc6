// The operator's feed: every event of the node, by a stream that carries the operator's token.
import type { FeedEvent } from '@/lib/schema';
import { sseParser } from '@/lib/sse';

export type StreamState = 'connecting' | 'live' | 'away';

const reopen_ms = 1_000;

/** Streams for ever, resuming behind the last event; call the result to stop. */
export function streamEvents(
  token: string,
  after: number | null,
  onEvents: (events: FeedEvent[]) => void,
  onState: (state: StreamState) => void,
): () => void {
  const stop = new AbortController();
  let last_seq = after;

  const read = async () => {
    const path = last_seq === null ? '/api/events' : `/api/events?after=${last_seq}`;
    const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${token}` };
    const response = await fetch(path, { headers, signal: stop.signal, cache: 'no-store' });
    if (!response.ok || !response.body) return;
    onState('live');
    const parse = sseParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events: FeedEvent[] = [];
      for (const message of parse(decoder.decode(value, { stream: true }))) {
        const seq = Number(message.id);
        if (last_seq !== null && seq <= last_seq) continue; // delivered at least once
        last_seq = seq;
        const data: unknown = JSON.parse(message.data);
        events.push({ seq, subject: message.event, data } as FeedEvent);
      }
      if (events.length > 0) onEvents(events);
    }
  };

  const keepReading = async () => {
    while (!stop.signal.aborted) {
      try {
        await read();
      } catch {
        // the line broke, or we were told to stop
      }
      if (stop.signal.aborted) return;
      onState('away');
      await new Promise((resolve) => setTimeout(resolve, reopen_ms));
    }
  };
  void keepReading();
  return () => stop.abort();
}
