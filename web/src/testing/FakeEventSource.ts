// An EventSource whose server is the test.
import { act } from '@testing-library/react';
import type { FeedEvent } from '@/lib/schema';

export class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];

  static get current(): FakeEventSource {
    const source = FakeEventSource.opened.at(-1);
    if (!source) throw new Error('the page has opened no feed');
    return source;
  }

  readyState = FakeEventSource.CONNECTING;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly url: string) {
    super();
    FakeEventSource.opened.push(this);
  }

  open(): void {
    this.readyState = FakeEventSource.OPEN;
    act(() => this.onopen?.());
  }

  fail(): void {
    act(() => this.onerror?.());
  }

  send(event: FeedEvent): void {
    const message = new MessageEvent(event.subject, {
      data: JSON.stringify(event.data),
      lastEventId: String(event.seq),
    });
    act(() => void this.dispatchEvent(message));
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }
}
