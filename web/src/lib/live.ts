// This tab's end of the live feed. All tabs of a browser share one stream, which a worker keeps;
// where there is none (Chrome on Android), each tab has its own for as long as it is looked at.
import { actsFor } from './actsFor';
import type { TabMessage } from './feedWorker';
import type { StreamMessage } from './liveState';
import type { Stream } from './stream';

const pulse_ms = 20_000;
const silence_ms_max = 70_000; // a worker that does not answer has crashed

/** Opens the feed as `user`; call the result to close it. Open a new one when the user changes. */
export function openFeed(user: string | null, listener: (message: StreamMessage) => void): () => void {
  let closed = false;
  let source = { again: () => undefined as void, rest: () => undefined as void, end: () => undefined as void };

  const tell = (message: StreamMessage) => {
    if (closed) return;
    // What the worker holds for a live line may be a dead one: the browser knows better.
    const isAway = message.kind === 'state' && !navigator.onLine;
    listener(isAway ? { kind: 'state', state: 'offline' } : message);
  };

  const own = () => {
    let stream: Stream | null = null;
    const rest = () => {
      stream?.close();
      stream = null;
    };
    // Nobody looks at it: then it needs no connection, of which there are few.
    const follow = async () => {
      const { openStream } = await import('./stream');
      if (closed || document.visibilityState === 'hidden') rest();
      else if (stream) stream.wake();
      else stream = openStream(tell, { headers: actsFor(user) });
    };
    const again = () => void follow();
    const end = () => {
      document.removeEventListener('visibilitychange', again);
      rest();
    };
    document.addEventListener('visibilitychange', again);
    source = { again, rest, end };
    again();
  };

  const shared = () => {
    const worker = new SharedWorker(new URL('./feedWorker.ts', import.meta.url), { type: 'module', name: 'usher' });
    const { port } = worker;
    const say = (message: TabMessage) => port.postMessage(message);
    const again = () => say({ kind: 'hello', user });
    const rest = () => say({ kind: 'bye' });
    const end = () => {
      clearInterval(timer);
      rest();
      port.close();
    };
    let asked_at = Date.now();
    let heard_at = asked_at;
    port.onmessage = ({ data }: MessageEvent<StreamMessage>) => {
      heard_at = Date.now();
      tell(data);
    };
    worker.onerror = () => {
      end();
      if (!closed) own(); // it could not be loaded
    };
    const timer = setInterval(() => {
      // Compared with the last question, not with now: a computer that slept has asked nothing.
      if (asked_at - heard_at > silence_ms_max) {
        end();
        shared();
      } else {
        asked_at = Date.now();
        say({ kind: 'pulse' });
      }
    }, pulse_ms);
    source = { again, rest, end };
    again();
  };

  const offline = () => tell({ kind: 'state', state: 'offline' });
  const online = () => source.again();
  // A page that the browser had put aside whole has heard nothing meanwhile.
  const wakeUp = (event: PageTransitionEvent) => event.persisted && source.again();
  const rest = () => source.rest();
  window.addEventListener('pageshow', wakeUp);
  window.addEventListener('pagehide', rest);
  window.addEventListener('online', online);
  window.addEventListener('offline', offline);
  tell({ kind: 'state', state: 'connecting' });
  try {
    if (typeof SharedWorker === 'undefined') own();
    else shared();
  } catch {
    own(); // the browser forbids it
  }

  return () => {
    closed = true;
    source.end();
    window.removeEventListener('pageshow', wakeUp);
    window.removeEventListener('pagehide', rest);
    window.removeEventListener('online', online);
    window.removeEventListener('offline', offline);
  };
}
