// The node's event stream, as far as the page can see: the test is its other end.
import { waitFor } from '@testing-library/react';
import type { FeedEvent } from '@/lib/schema';

export class FakeFeed {
  static opened: FakeFeed[] = [];

  /** The stream that the page has opened last. */
  static async current(): Promise<FakeFeed> {
    return waitFor(() => {
      const feed = FakeFeed.opened.at(-1);
      if (!feed) throw new Error('the page has opened no feed');
      return feed;
    });
  }

  isClosed = false;
  readonly answer: Promise<Response>;
  private resolve: (response: Response) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private line: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(
    readonly url: string,
    readonly headers: Headers,
    signal?: AbortSignal | null,
  ) {
    FakeFeed.opened.push(this);
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    signal?.addEventListener('abort', () => this.fail());
  }

  open(): void {
    if (this.line || this.isClosed) return;
    const body = new ReadableStream<Uint8Array>({ start: (line) => void (this.line = line) });
    this.resolve(new Response(body, { status: 200 }));
  }

  /** The node answers, and not with a stream. */
  refuse(status: number): void {
    this.isClosed = true;
    this.resolve(Response.json({ errors: [{ message: 'no' }] }, { status }));
  }

  fail(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const cut = new TypeError('the line was cut');
    this.line?.error(cut);
    this.reject(cut);
  }

  send(event: FeedEvent): void {
    this.write(`id: ${event.seq}\nevent: ${event.subject}\ndata: ${JSON.stringify(event.data)}\n\n`);
  }

  write(text: string): void {
    this.open();
    this.line?.enqueue(new TextEncoder().encode(text));
  }
}
