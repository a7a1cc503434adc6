// The live feed of this page: one EventSource, opened again by itself for ever, resuming behind the
// last event that it saw. Where a stream can't be kept (some proxies), it polls the same feed.
import { send } from './api';
import type { FeedEvent, Subject } from './schema';

export type LiveState = 'connecting' | 'live' | 'offline';

export interface LiveListener {
  onEvent(event: FeedEvent): void;
  onState(state: LiveState): void;
  onGap(): void; // events may have been missed: what is shown must be asked for again
}

const subjects: Subject[] = [
  'ticket:created',
  'ticket:updated',
  'order:created',
  'order:cancelled',
  'expiration:complete',
  'payment:created',
];
const reopen_ms = [250, 500, 1_000, 2_000, 4_000];
const failures_before_polling = 3;

/** Opens the feed; call the result to close it. Open a new one when the session changes. */
export function openFeed(listener: LiveListener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last_seq: number | null = null;
  let failures = 0;
  let closed = false;

  const handle = (subject: Subject) => (message: MessageEvent<string>) => {
    const seq = Number(message.lastEventId);
    if (seq > 0) last_seq = seq;
    const data: unknown = JSON.parse(message.data);
    listener.onEvent({ seq, subject, data } as FeedEvent);
  };

  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(last_seq === null ? '/api/events' : `/api/events?after=${last_seq}`);
    source.onopen = () => {
      failures = 0;
      listener.onState('live');
      if (last_seq === null) listener.onGap();
    };
    source.onerror = () => {
      // Never left to EventSource's own reconnecting: it gives up for good after a 503.
      source?.close();
      failures += 1;
      listener.onState('offline');
      void againSoon();
    };
    for (const subject of subjects) source.addEventListener(subject, handle(subject));
  };

  const againSoon = async () => {
    if (failures > failures_before_polling) await poll();
    if (closed) return;
    const wait = reopen_ms[Math.min(failures, reopen_ms.length) - 1] ?? 250;
    timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
  };

  // The stream fails but the node may answer: then the page stays fresh by polling.
  const poll = async () => {
    if (last_seq === null) return;
    try {
      const { data, next } = await send<FeedEvent[]>('GET', `/api/events?after=${last_seq}`);
      if (closed) return;
      for (const event of data) listener.onEvent(event);
      last_seq = Number(next ?? data.at(-1)?.seq ?? last_seq);
    } catch {
      // still away: the banner says so
    }
  };

  const sleep = () => listener.onState('offline');
  // A page that the browser had put aside whole has lost its connection without an error.
  const wakeUp = (event: PageTransitionEvent) => event.persisted && open();
  window.addEventListener('pageshow', wakeUp);
  window.addEventListener('online', open);
  window.addEventListener('offline', sleep);
  listener.onState('connecting');
  open();

  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
    window.removeEventListener('pageshow', wakeUp);
    window.removeEventListener('online', open);
    window.removeEventListener('offline', sleep);
  };
}
