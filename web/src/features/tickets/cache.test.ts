import { type InfiniteData, QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { keys, type Page, type TicketSort } from '@/lib/keys';
import type { Ticket } from '@/lib/schema';
import { applyTicket, keepListsCurrent, type ListedTicket, newest } from './cache';

let made = 0;
function ticket(over: Partial<Ticket> = {}): Ticket {
  const time = (0x65a1f000 + made++).toString(16);
  return { id: `${time}b3d4e5f607182${String(made).padStart(3, '0')}`, title: 'Concert', price: 20, userId: 'ada', version: 0, ...over };
}

function shop(rows: Ticket[], over: { sort?: TicketSort; q?: string; next?: string | null } = {}) {
  const client = new QueryClient();
  const key = keys.ticketList({ sort: over.sort ?? '-created', q: over.q ?? '' });
  client.setQueryData<InfiniteData<Page<ListedTicket>>>(key, {
    pages: [{ rows, next: over.next ?? null }],
    pageParams: [''],
  });
  const list = () => client.getQueryData<InfiniteData<Page<ListedTicket>>>(key)?.pages.flatMap((page) => page.rows) ?? [];
  return { client, list };
}

test('a ticket that is reserved stays in its place, held', () => {
  const [a, b] = [ticket(), ticket()];
  const { client, list } = shop([a, b]);
  applyTicket(client, { ...a, version: 1, orderId: 'o1' });
  expect(list().map((row) => [row.id, row.orderId, row.sold])).toEqual([[a.id, 'o1', undefined], [b.id, undefined, undefined]]);
});

test('a held ticket that changes under the same order is sold; a released one is open again', () => {
  const [a, b] = [ticket({ version: 1, orderId: 'o1' }), ticket({ version: 1, orderId: 'o2' })];
  const { client, list } = shop([a, b]);
  applyTicket(client, { ...a, version: 2 });
  const { orderId: _, ...released } = b;
  applyTicket(client, { ...released, version: 2 });
  expect(list()[0]).toMatchObject({ sold: true, orderId: 'o1' });
  expect(list()[1]?.orderId).toBeUndefined();
});

test('an old event, or the same one again, changes nothing', () => {
  const a = ticket({ version: 3, price: 30 });
  const { client, list } = shop([a]);
  applyTicket(client, { ...a, version: 2, price: 10 });
  expect(list()[0]?.price).toBe(30);
});

test('a new ticket goes to its place in the order', () => {
  const [cheap, dear] = [ticket({ price: 10 }), ticket({ price: 30 })];
  const middle = ticket({ price: 20 });
  const { client, list } = shop([cheap, dear], { sort: 'price' });
  applyTicket(client, middle);
  expect(list().map((row) => row.price)).toEqual([10, 20, 30]);
  expect(list()[1]?.fresh).toBe(true);
});

test('a new ticket that belongs behind the loaded rows waits for its page', () => {
  const { client, list } = shop([ticket({ price: 10 })], { sort: 'price', next: 'cursor' });
  applyTicket(client, ticket({ price: 99 }));
  expect(list()).toHaveLength(1);
});

test('a new ticket that the search does not ask for stays out', () => {
  const { client, list } = shop([], { q: 'opera' });
  applyTicket(client, ticket({ title: 'Football' }));
  applyTicket(client, ticket({ title: 'The Opera Ghost' }));
  expect(list().map((row) => row.title)).toEqual(['The Opera Ghost']);
});

test('an answer that was overtaken by an event is not shown', () => {
  const a = ticket();
  applyTicket(new QueryClient(), { ...a, version: 1, price: 25 });
  expect(newest(a)).toMatchObject({ version: 1, price: 25 });
  expect(newest({ ...a, version: 2, price: 26 })).toMatchObject({ version: 2, price: 26 });
});

test('my own new ticket is in my tickets, another seller’s is not', () => {
  const { client } = shop([]);
  client.setQueryData(keys.session, { id: 'ada' });
  client.setQueryData(keys.myTickets, []);
  const mine = ticket({ userId: 'ada' });
  applyTicket(client, mine);
  applyTicket(client, ticket({ userId: 'bob' }));
  expect(client.getQueryData<Ticket[]>(keys.myTickets)?.map((row) => row.id)).toEqual([mine.id]);
});

test('what is seen while a list is asked for outlives the older answer', async () => {
  const [old, changed] = [ticket(), ticket({ price: 20 })];
  const { client, list } = shop([]);
  keepListsCurrent(client);
  const key = keys.ticketList({ sort: '-created', q: '' });
  let answer: (list: InfiniteData<Page<ListedTicket>>) => void = () => undefined;
  const asked = client.fetchQuery({
    queryKey: key,
    queryFn: () => new Promise<InfiniteData<Page<ListedTicket>>>((resolve) => (answer = resolve)),
  });
  const fresh = ticket({ title: 'Just listed' });
  applyTicket(client, fresh);
  applyTicket(client, { ...changed, version: 1, price: 25 });
  answer({ pages: [{ rows: [changed, old], next: null }], pageParams: [''] });
  await asked;
  expect(list().map((row) => [row.id, row.price])).toEqual([[fresh.id, 20], [changed.id, 25], [old.id, 20]]);
});
