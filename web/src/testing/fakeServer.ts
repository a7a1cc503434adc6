// A small Usher in memory, for component tests only: the answers follow docs/openapi.yaml. What a
// test wants to go wrong it says with `failNext`.
import { vi } from 'vitest';
import { FakeFeed } from './FakeFeed';
import type { Config, CurrentUser, Order, OrderHistoryEntry, Ticket, TicketHistoryEntry } from '@/lib/schema';

export const config: Config = {
  currency: 'usd',
  currencyDecimals: 2,
  gateway: 'sandbox',
  stripePublishableKey: null,
  orderLifetimeMs: 900_000,
  priceMin: 0.01,
  priceMax: 1_000_000,
  priceStep: 0.01,
  titleLengthMax: 200,
  passwordLengthMin: 4,
  passwordLengthMax: 20,
  pageLimitMax: 200,
};

export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

type Failure = { match: string; reply: Reply | 'unreachable' | 'never' | 'lost' };

let made = 0;
export function newId(): string {
  return (0x65a1f000 + ++made).toString(16) + 'b3d4e5f607180000';
}

export class FakeServer {
  user: CurrentUser | null = null;
  tickets: Ticket[] = [];
  orders: Order[] = [];
  ticketHistory = new Map<string, TicketHistoryEntry[]>();
  orderHistory = new Map<string, OrderHistoryEntry[]>();
  seen: Seen[] = [];
  private failures: Failure[] = [];
  private answered = new Map<string, Reply>();

  constructor() {
    vi.stubGlobal('fetch', (input: string, init?: RequestInit) => this.fetch(input, init));
  }

  /** The next request that matches ("POST /api/orders") goes wrong. 'lost': done, but no answer. */
  failNext(match: string, reply: Failure['reply']): void {
    this.failures.push({ match, reply });
  }

  requests(match: string): Seen[] {
    return this.seen.filter((request) => `${request.method} ${request.path}`.startsWith(match));
  }

  addTicket(over: Partial<Ticket> = {}): Ticket {
    const ticket: Ticket = { id: newId(), title: 'Concert', price: 20, userId: 'somebody', version: 0, ...over };
    this.tickets.push(ticket);
    this.note(ticket, 'created');
    return ticket;
  }

  addOrder(ticket: Ticket, over: Partial<Order> = {}): Order {
    const left = over.expiresInMs ?? config.orderLifetimeMs;
    const order: Order = {
      id: newId(),
      userId: this.user?.id ?? '',
      status: 'created',
      version: 0,
      expiresAt: new Date(Date.now() + left).toISOString(),
      expiresInMs: left,
      ticket: { id: ticket.id, title: ticket.title, price: ticket.price, version: ticket.version },
      ...over,
    };
    this.orders.push(order);
    this.orderHistory.set(order.id, [this.orderEntry(order, 'placed')]);
    this.change(ticket, { orderId: order.id }, 'reserved');
    return order;
  }

  change(ticket: Ticket, over: Partial<Ticket>, event: TicketHistoryEntry['event']): Ticket {
    Object.assign(ticket, over, { version: ticket.version + 1 });
    this.note(ticket, event);
    return ticket;
  }

  settle(order: Order, status: Order['status'], event: OrderHistoryEntry['event'], reason?: string): void {
    order.status = status;
    order.version += 1;
    const entry = this.orderEntry(order, event);
    this.orderHistory.get(order.id)?.push(reason ? { ...entry, reason } : entry);
  }

  private note(ticket: Ticket, event: TicketHistoryEntry['event']): void {
    const entry = { version: ticket.version, at: new Date().toISOString(), event, ticket: { ...ticket } };
    this.ticketHistory.set(ticket.id, [...(this.ticketHistory.get(ticket.id) ?? []), entry]);
  }

  private orderEntry(order: Order, event: OrderHistoryEntry['event']): OrderHistoryEntry {
    return { version: order.version, at: new Date().toISOString(), event, order: { ...order } };
  }

  private async fetch(input: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input, 'http://usher.test');
    const request: Seen = {
      method: init.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    if (request.path === '/api/events') return new FakeFeed(input, request.headers, init.signal).answer;
    this.seen.push(request);
    await Promise.resolve();
    const at = this.failures.findIndex(({ match }) => `${request.method} ${request.path}`.startsWith(match));
    const failure = at < 0 ? undefined : this.failures.splice(at, 1)[0]?.reply;
    if (failure === 'unreachable') throw new TypeError('Failed to fetch');
    if (failure === 'never') return new Promise(() => undefined);
    const reply = failure && failure !== 'lost' ? failure : this.once(request);
    if (failure === 'lost') throw new TypeError('Failed to fetch');
    const body = reply.body === undefined ? null : JSON.stringify(reply.body);
    return new Response(body, { status: reply.status, headers: reply.headers ?? {} });
  }

  private once(request: Seen): Reply {
    const actsFor = request.headers.get('Usher-Acts-For');
    if (actsFor !== null && actsFor !== this.user?.id) return refused(401, 'Not authorized');
    const key = request.headers.get('Idempotency-Key');
    const known = key === null ? undefined : this.answered.get(key);
    if (known) return known;
    const reply = this.answer(request);
    if (key !== null && reply.status < 300) this.answered.set(key, reply);
    return reply;
  }

  private answer(request: Seen): Reply {
    const [, , resource = '', id = '', part] = request.path.split('/');
    switch (`${request.method} ${resource}`) {
      case 'GET config':
        return { status: 200, body: config };
      case 'GET users':
        return { status: 200, body: { currentUser: this.user } };
      case 'POST users':
        return this.enter(id, request.body as { email: string; password: string });
      case 'GET tickets':
        return this.getTickets(id, part, request.query);
      case 'POST tickets':
      case 'PUT tickets':
        return this.putTicket(request, id);
      case 'GET orders':
        if (!id) return { status: 200, body: this.orders };
        return found(part ? this.orderHistory.get(id) : this.orders.find((order) => order.id === id));
      case 'POST orders':
        return this.placeOrder((request.body as { ticketId: string }).ticketId);
      case 'DELETE orders':
        return this.cancel(id, request.headers.get('If-Match'));
      case 'POST payments':
        return this.pay(request.body as { token: string; orderId: string });
      default:
        return refused(404, 'Not Found');
    }
  }

  private enter(how: string, { email, password }: { email: string; password: string }): Reply {
    if (how === 'signout') this.user = null;
    if (how === 'signout') return { status: 200, body: {} };
    const errors = [];
    if (!email.includes('@')) errors.push({ message: 'Email must be valid', field: 'email' });
    if (password.length < 4) errors.push({ message: 'Password must be between 4 and 20 characters', field: 'password' });
    if (errors.length > 0) return { status: 400, body: { errors } };
    this.user = { id: 'ada', email };
    return { status: how === 'signup' ? 201 : 200, body: this.user };
  }

  private getTickets(id: string, part: string | undefined, query: URLSearchParams): Reply {
    if (part === 'history') {
      const after = Number(query.get('after') ?? -1);
      const entries = this.ticketHistory.get(id)?.filter((entry) => entry.version > after);
      return found(entries?.slice(0, Number(query.get('limit'))));
    }
    if (id === 'mine') return { status: 200, body: this.tickets.filter((ticket) => ticket.userId === this.user?.id) };
    if (id) return found(this.tickets.find((ticket) => ticket.id === id));
    const q = (query.get('q') ?? '').toLowerCase();
    const rows = this.tickets.filter((ticket) => !ticket.orderId && ticket.title.toLowerCase().includes(q));
    const sort = query.get('sort') ?? 'created';
    if (sort.endsWith('price')) rows.sort((a, b) => a.price - b.price);
    if (sort.startsWith('-')) rows.reverse();
    const from = Number(query.get('after') ?? 0);
    const to = from + Number(query.get('limit') ?? 1000);
    const headers = { Link: `</api/tickets?limit=24&after=${to}>; rel="next"` };
    return { status: 200, body: rows.slice(from, to), ...(to < rows.length ? { headers } : {}) };
  }

  private putTicket(request: Seen, id: string): Reply {
    const { title, price } = request.body as { title: string; price: string };
    const errors = [];
    if (!title) errors.push({ message: 'Title is required', field: 'title' });
    if (!(Number(price) > 0)) errors.push({ message: 'Price must be greater than 0', field: 'price' });
    if (errors.length > 0) return { status: 400, body: { errors } };
    if (!id) return { status: 201, body: this.addTicket({ title, price: Number(price), userId: this.user?.id ?? '' }) };
    const ticket = this.tickets.find((other) => other.id === id);
    if (!ticket) return refused(404, 'Not Found');
    if (request.headers.get('If-Match') !== `"${ticket.version}"`) {
      return { status: 412, body: { errors: [{ message: 'It was changed meanwhile' }], version: ticket.version } };
    }
    return { status: 200, body: this.change(ticket, { title, price: Number(price) }, 'edited') };
  }

  private placeOrder(ticketId: string): Reply {
    const ticket = this.tickets.find((other) => other.id === ticketId);
    if (!ticket) return refused(404, 'Not Found');
    if (ticket.orderId) return refused(400, 'Ticket is already reserved');
    return { status: 201, body: this.addOrder(ticket) };
  }

  private cancel(id: string, ifMatch: string | null): Reply {
    const order = this.orders.find((other) => other.id === id);
    if (!order) return refused(404, 'Not Found');
    if (ifMatch !== null && ifMatch !== `"${order.version}"`) {
      return { status: 412, body: { errors: [{ message: 'It was changed meanwhile' }], version: order.version } };
    }
    this.settle(order, 'cancelled', 'cancelled', 'by_buyer');
    return { status: 204 };
  }

  private pay({ token, orderId }: { token: string; orderId: string }): Reply {
    const order = this.orders.find((other) => other.id === orderId);
    if (!order) return refused(404, 'Not Found');
    if (token === 'tok_visa') {
      this.settle(order, 'complete', 'paid');
      return { status: 201, body: { id: newId() } };
    }
    this.settle(order, 'created', 'payment_declined', 'Your card was declined.');
    return refused(402, 'Your card was declined.');
  }
}

function refused(status: number, message: string): Reply {
  return { status, body: { errors: [{ message }] } };
}

function found(body: unknown): Reply {
  return body === undefined ? refused(404, 'Not Found') : { status: 200, body };
}
