// What the tickets feature asks of the server.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, command, isStale, mayHaveHappened, send } from '@/lib/api';
import { keyFor, settle } from '@/lib/intent';
import { keys, type Page, type TicketSearch } from '@/lib/keys';
import type { Ticket, TicketHistoryEntry } from '@/lib/schema';
import { newest } from './cache';

export const page_rows = 24; // as the page that the node serves

export function ticketListQuery(search: TicketSearch) {
  return infiniteQueryOptions({
    queryKey: keys.ticketList(search),
    queryFn: async ({ pageParam, signal }): Promise<Page<Ticket>> => {
      const query = new URLSearchParams({ limit: String(page_rows), sort: search.sort });
      if (search.q) query.set('q', search.q);
      if (pageParam) query.set('after', pageParam);
      const { data, next } = await send<Ticket[]>('GET', `/api/tickets?${query}`, { signal });
      return { rows: data.map(newest), next };
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}

export function ticketQuery(id: string) {
  return queryOptions({
    queryKey: keys.ticket(id),
    queryFn: async ({ signal }) => newest((await send<Ticket>('GET', `/api/tickets/${id}`, { signal })).data),
  });
}

/** Everything the signed-in user sells, newest first. The server lists it in order of creation. */
export const myTicketsQuery = queryOptions({
  queryKey: keys.myTickets,
  queryFn: async ({ signal }) => {
    const { data } = await send<Ticket[]>('GET', '/api/tickets/mine', { signal, own: true });
    return data.map(newest).reverse();
  },
});

export function historyQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: keys.history(id),
    queryFn: async ({ pageParam, signal }): Promise<Page<TicketHistoryEntry>> => {
      const after = pageParam ? `&after=${pageParam}` : '';
      const path = `/api/tickets/${id}/history?limit=100${after}`;
      const { data, next } = await send<TicketHistoryEntry[]>('GET', path, { signal });
      return { rows: data, next };
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
}

/** The event that made a version: tells a ticket on hold from a sold one, and since when. */
export function lastEventQuery(id: string, version: number) {
  return queryOptions({
    queryKey: keys.lastEvent(id, version),
    queryFn: async ({ signal }) => {
      const after = version > 0 ? `&after=${version - 1}` : '';
      const path = `/api/tickets/${id}/history?limit=1${after}`;
      return (await send<TicketHistoryEntry[]>('GET', path, { signal })).data[0] ?? null;
    },
    staleTime: Infinity, // a version never changes
  });
}

export interface Listing {
  title: string;
  price: string;
}

const sell_intent = 'sell';

export async function listTicket(listing: Listing): Promise<Ticket> {
  const idempotencyKey = keyFor(sell_intent, listing);
  try {
    const { data } = await command<Ticket>('POST', '/api/tickets', { body: listing, idempotencyKey });
    settle(sell_intent);
    return data;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) settle(sell_intent);
    throw error;
  }
}

/** Saves over exactly the version that was seen; ApiError 412 when there is a newer one. */
export async function changeTicket(id: string, version: number, listing: Listing): Promise<Ticket> {
  try {
    return (await command<Ticket>('PUT', `/api/tickets/${id}`, { body: listing, ifMatch: version })).data;
  } catch (error) {
    // A first try whose answer was lost may be the very change that we are told of now.
    if (isStale(error) && mayHaveHappened(error) && error.currentVersion === version + 1) {
      const { data } = await send<Ticket>('GET', `/api/tickets/${id}`, { fresh: true });
      const ours = data.title === listing.title && data.price === Number(listing.price);
      if (ours && data.version === version + 1) return data;
    }
    throw error;
  }
}
