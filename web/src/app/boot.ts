// The query cache, filled with what came in the page.
import { type InfiniteData, QueryClient } from '@tanstack/react-query';
import { keepListsCurrent } from '@/features/tickets/cache';
import { isTransient } from '@/lib/api';
import { learnServerTime } from '@/lib/clock';
import { default_search, keys, type Page } from '@/lib/keys';
import type { InitialState, Ticket } from '@/lib/schema';

const retry_ms_max = 5_000;

export function createQueryClient(initial: InitialState | null): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        // The feed keeps what is shown fresh; asking again is for when it was away.
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        // What may pass by itself is tried for as long as the page shows it.
        retry: (_count, error) => isTransient(error),
        retryDelay: (count) => Math.min(500 * 2 ** count, retry_ms_max) * (0.75 + Math.random() / 2),
      },
      mutations: { networkMode: 'always' }, // the client retries; a person sees that it does
    },
  });
  keepListsCurrent(client);
  if (!initial) return client;
  learnServerTime(initial.serverTime);
  client.setQueryData(keys.session, initial.currentUser);
  client.setQueryData(keys.config, initial.config);
  if (initial.tickets) {
    const list: InfiniteData<Page<Ticket>, string> = { pages: [initial.tickets], pageParams: [''] };
    client.setQueryData(keys.ticketList(default_search), list);
  }
  return client;
}

/** What the node wrote into the page; null when it was served by something else. */
export function readInitialState(document: Document): InitialState | null {
  try {
    return JSON.parse(document.getElementById('initial-state')?.textContent ?? 'null') as InitialState | null;
  } catch {
    return null;
  }
}
