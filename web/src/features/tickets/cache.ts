// Puts what the feed says about tickets into every list and page that shows them, in place.
import { hashKey, type InfiniteData, partialMatchKey, type Query, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { keys, type Page, type TicketSearch } from '@/lib/keys';
import type { CurrentUser, Ticket } from '@/lib/schema';

/** A ticket in a list, with what the list learned by watching. */
export interface ListedTicket extends Ticket {
  sold?: boolean; // it went from being held to the same order owning it
  fresh?: boolean; // it came in by the feed
}

type List = InfiniteData<Page<ListedTicket>, string>;

// An answer can be older than an event that came while it was on its way: what was seen last wins.
const seen = new Map<string, { ticket: Ticket; count: number }>(); // in the order of seeing
const seen_max = 2_000;
let seen_count = 0;

export function newest<T extends Ticket>(ticket: T): T {
  const known = seen.get(ticket.id)?.ticket;
  if (!known || known.version <= ticket.version) return ticket;
  return withState(ticket, known);
}

function remember(ticket: Ticket): void {
  seen.delete(ticket.id);
  seen.set(ticket.id, { ticket, count: ++seen_count });
  const oldest = seen.keys().next().value;
  if (seen.size > seen_max && oldest !== undefined) seen.delete(oldest);
}

/** What was seen was of another history: it is newer than nothing. */
export function forgetTickets(): void {
  seen.clear();
}

/** Puts into every list that is answered what was seen while it was asked for. */
export function keepListsCurrent(client: QueryClient): void {
  const asked = new WeakMap<Query, number>(); // how much had been seen then
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated') return;
    const { action } = event;
    const query = event.query as Query;
    if (action.type === 'fetch') asked.set(query, seen_count);
    if (action.type !== 'success' || action.manual) return;
    const before = asked.get(query) ?? seen_count;
    for (const { ticket, count } of [...seen.values()]) if (count > before) putInto(client, query.queryKey, ticket);
  });
}

/** The row with the ticket's new state. */
function withState<T extends ListedTicket>(row: T, ticket: Ticket): T {
  const { orderId: before, sold: _sold, ...rest } = row;
  const sold = before !== undefined && before === ticket.orderId;
  return { ...(rest as T), ...ticket, ...(sold ? { sold } : {}) };
}

/** A ticket as an event or an answer has just shown it. */
export function applyTicket(client: QueryClient, ticket: Ticket): void {
  const known = seen.get(ticket.id)?.ticket;
  if (known && known.version >= ticket.version) return;
  remember(ticket);

  client.setQueryData<Ticket>(keys.ticket(ticket.id), (old) =>
    old && old.version < ticket.version ? withState(old, ticket) : old,
  );
  void client.invalidateQueries({ queryKey: keys.history(ticket.id) });

  for (const [key] of client.getQueriesData({ queryKey: keys.ticketLists })) putInto(client, key, ticket);
  putInto(client, keys.myTickets, ticket);
}

/** Into the list that has this key; other keys are left alone. */
function putInto(client: QueryClient, key: QueryKey, ticket: Ticket): void {
  if (hashKey(key) === hashKey(keys.myTickets)) {
    const user = client.getQueryData<CurrentUser | null>(keys.session);
    client.setQueryData<Ticket[]>(key, (rows) => (rows && ticket.userId === user?.id ? withMine(rows, ticket) : rows));
  } else if (partialMatchKey(key, keys.ticketLists)) {
    client.setQueryData<List>(key, (list) => list && updated(list, ticket, key[2] as TicketSearch));
  }
}

function withMine(rows: Ticket[], ticket: Ticket): Ticket[] {
  if (!rows.some((row) => row.id === ticket.id)) return [ticket, ...rows];
  return rows.map((row) => (row.id === ticket.id && row.version < ticket.version ? withState(row, ticket) : row));
}

function updated(list: List, ticket: Ticket, search: TicketSearch): List {
  const present = list.pages.some((page) => page.rows.some((row) => row.id === ticket.id));
  if (present) {
    const replace = (row: ListedTicket) =>
      row.id === ticket.id && row.version < ticket.version ? withState(row, ticket) : row;
    return { ...list, pages: list.pages.map((page) => ({ ...page, rows: page.rows.map(replace) })) };
  }
  const matches = folded(ticket.title).includes(folded(search.q));
  if (ticket.orderId !== undefined || !matches) return list;
  return inserted(list, { ...ticket, fresh: true }, search);
}

// As the server compares, near enough: what it would have found is shown at once.
const folded = (text: string) => text.normalize('NFC').toLowerCase();

// At its place in the order; behind the last row only when no page is missing before it.
function inserted(list: List, ticket: ListedTicket, search: TicketSearch): List {
  for (const [p, page] of list.pages.entries()) {
    const at = page.rows.findIndex((row) => comesBefore(ticket, row, search));
    const isEnd = p === list.pages.length - 1 && page.next === null;
    if (at < 0 && !isEnd) continue;
    const place = at < 0 ? page.rows.length : at;
    const rows = [...page.rows.slice(0, place), ticket, ...page.rows.slice(place)];
    return { ...list, pages: list.pages.map((other) => (other === page ? { ...page, rows } : other)) };
  }
  return list;
}

function comesBefore(a: Ticket, b: Ticket, { sort }: TicketSearch): boolean {
  const born = (ticket: Ticket) => parseInt(ticket.id.slice(0, 8), 16); // seconds, from the id
  switch (sort) {
    case 'created':
      return born(a) < born(b);
    case '-created':
      return born(a) >= born(b);
    case 'price':
      return a.price < b.price;
    case '-price':
      return a.price > b.price;
  }
}
