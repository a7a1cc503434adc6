// Who is signed in, and the server's public settings: both come with the page, or are asked for.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { send } from './api';
import { keys } from './keys';
import type { Config, CurrentUser } from './schema';

export const sessionQuery = {
  queryKey: keys.session,
  queryFn: async (): Promise<CurrentUser | null> => {
    const { data } = await send<{ currentUser: CurrentUser | null }>('GET', '/api/users/currentuser');
    return data.currentUser;
  },
  staleTime: Infinity,
};

/** The signed-in user, null, or undefined as long as that is not known. */
export function useCurrentUser(): CurrentUser | null | undefined {
  return useQuery(sessionQuery).data;
}

export const configQuery = {
  queryKey: keys.config,
  queryFn: async (): Promise<Config> => (await send<Config>('GET', '/api/config')).data,
  staleTime: Infinity,
};

export function useConfig(): Config {
  return useSuspenseQuery(configQuery).data;
}
