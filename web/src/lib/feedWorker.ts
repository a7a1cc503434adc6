// One event stream for all tabs of a browser. A browser keeps six connections to a node that speaks
// HTTP/1.1: with a stream for each tab, the seventh tab would hang for ever, and with it everything
// that the others ask (docs/decisions/0011).
import type { LiveState, StreamMessage } from './liveState';
import { actsFor } from './actsFor';
import { openStream, type Stream } from './stream';

/** What a tab says. `hello` again whenever it was away: it may have missed something. */
export type TabMessage = { kind: 'hello'; user: string | null } | { kind: 'pulse' } | { kind: 'bye' };

/** What it is told: the stream's own messages. Each pulse is answered by the state. */
export interface Port {
  postMessage(message: StreamMessage): void;
}

export class FeedHub {
  private tabs = new Set<Port>();
  private stream: Stream | null = null;
  private user: string | null = null; // whose stream it is
  private state: LiveState = 'connecting';

  hear(tab: Port, message: TabMessage): void {
    if (message.kind === 'bye') {
      this.tabs.delete(tab);
      if (this.tabs.size === 0) this.close();
      return;
    }
    const isKnown = this.tabs.has(tab);
    this.tabs.add(tab);
    if (message.kind === 'pulse') return tab.postMessage({ kind: 'state', state: this.state });
    if (this.stream && message.user === this.user) {
      tab.postMessage({ kind: 'state', state: this.state });
      if (this.state === 'live') tab.postMessage({ kind: 'gap' });
      return;
    }
    // Somebody has signed in or out in this tab, or this tab knows less than the others. The node
    // opens no stream for anybody but the session's user, so all of them soon agree.
    const before = this.stream;
    this.close();
    this.user = message.user;
    this.stream = openStream((news) => this.tell(news), { headers: actsFor(message.user) });
    if (before || isKnown) for (const other of this.tabs) if (other !== tab) other.postMessage({ kind: 'doubt' });
  }

  wake(): void {
    this.stream?.wake();
  }

  private tell(message: StreamMessage): void {
    if (message.kind === 'state') this.state = message.state;
    for (const tab of this.tabs) tab.postMessage(message);
  }

  private close(): void {
    this.stream?.close();
    this.stream = null;
  }
}

interface SharedScope extends EventTarget {
  onconnect: ((event: MessageEvent) => void) | null;
}

const scope = globalThis as unknown as SharedScope;
if ('onconnect' in scope) {
  const hub = new FeedHub();
  scope.addEventListener('online', () => hub.wake());
  scope.onconnect = ({ ports: [port] }) => {
    if (port) port.onmessage = ({ data }: MessageEvent<TabMessage>) => hub.hear(port, data);
  };
}
