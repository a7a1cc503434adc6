// The names of what the query cache holds.
export type TicketSort = 'created' | '-created' | 'price' | '-price';

export interface TicketSearch {
  q: string;
  sort: TicketSort;
}

export const default_search: TicketSearch = { q: '', sort: '-created' };

export const keys = {
  session: ['session'] as const,
  config: ['config'] as const,
  tickets: ['tickets'] as const,
  ticketLists: ['tickets', 'for-sale'] as const,
  ticketList: (search: TicketSearch) => ['tickets', 'for-sale', search] as const,
  myTickets: ['tickets', 'mine'] as const,
  ticket: (id: string) => ['tickets', 'one', id] as const,
  history: (id: string) => ['tickets', 'history', id] as const,
  lastEvent: (id: string, version: number) => ['tickets', 'last-event', id, version] as const,
  orders: ['orders'] as const,
  myOrders: ['orders', 'mine'] as const,
  order: (id: string) => ['orders', 'one', id] as const,
  orderHistory: (id: string) => ['orders', 'history', id] as const,
};

/** One page of a list that goes on at `next`. */
export interface Page<T> {
  rows: T[];
  next: string | null;
}
