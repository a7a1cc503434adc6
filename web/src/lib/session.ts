// Who is signed in, and the server's public settings: both come with the page, or are asked for.
import { type QueryClient, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { send } from './api';
import type { Currency } from './format';
import { keys } from './keys';
import type { Config, CurrentUser } from './schema';

export const sessionQuery = {
  queryKey: keys.session,
  queryFn: async ({ client }: { client: QueryClient }): Promise<CurrentUser | null> => {
    const { data } = await send<{ currentUser: CurrentUser | null }>('GET', '/api/users/currentuser', { fresh: true });
    forgetOthers(client, data.currentUser);
    return data.currentUser;
  },
  staleTime: Infinity,
  refetchOnWindowFocus: 'always' as const, // another program may share the browser's session
};

/** The signed-in user, null, or undefined as long as that is not known. */
export function useCurrentUser(): CurrentUser | null | undefined {
  return useQuery(sessionQuery).data;
}

// Before anybody sees who it is now: nothing of the user before is left to be shown.
function forgetOthers(client: QueryClient, user: CurrentUser | null): void {
  if (client.getQueryData<CurrentUser | null>(keys.session)?.id === user?.id) return;
  client.removeQueries({ queryKey: keys.orders });
  client.removeQueries({ queryKey: keys.myTickets });
}

// ---- the tabs of a browser have one session

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('usher:session');

let own: string | null | undefined; // whom this tab has made it

/** Somebody has signed in or out in this tab: the others are told. */
export function becomes(client: QueryClient, user: CurrentUser | null): void {
  own = user?.id ?? null;
  forgetOthers(client, user);
  client.setQueryData(keys.session, user);
  channel?.postMessage(null);
}

/** Whether this tab itself made it so. */
export function changedHere(user: CurrentUser | null): boolean {
  return own !== undefined && own === (user?.id ?? null);
}

/** Asks who is signed in now. An answer that is on its way already may be older. */
export function lookWhoItIs(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: keys.session });
}

/** Looks again whenever another tab, or another window, may have changed it. */
export function watchSession(look: () => void): () => void {
  const comesBack = (event: PageTransitionEvent) => event.persisted && look();
  channel?.addEventListener('message', look);
  window.addEventListener('focus', look);
  window.addEventListener('pageshow', comesBack);
  return () => {
    channel?.removeEventListener('message', look);
    window.removeEventListener('focus', look);
    window.removeEventListener('pageshow', comesBack);
  };
}

export const configQuery = {
  queryKey: keys.config,
  queryFn: async (): Promise<Config> => (await send<Config>('GET', '/api/config')).data,
  staleTime: Infinity,
};

export function useConfig(): Config {
  return useSuspenseQuery(configQuery).data;
}

export function useCurrency(): Currency {
  const { currency, currencyDecimals } = useConfig();
  return { code: currency, decimals: currencyDecimals };
}
