// Signing in, up and out. Afterwards the cache holds nothing of the user before.
import type { QueryClient } from '@tanstack/react-query';
import { send } from '@/lib/api';
import { keys } from '@/lib/keys';
import type { CurrentUser, User } from '@/lib/schema';

export interface Credentials {
  email: string;
  password: string;
}

export async function enter(client: QueryClient, how: 'signin' | 'signup', credentials: Credentials) {
  const { data } = await send<User>('POST', `/api/users/${how}`, { body: credentials });
  becomes(client, { id: data.id, email: data.email });
}

export async function leave(client: QueryClient) {
  await send('POST', '/api/users/signout', { body: {} });
  becomes(client, null);
}

function becomes(client: QueryClient, user: CurrentUser | null): void {
  client.removeQueries({ queryKey: keys.orders });
  client.removeQueries({ queryKey: keys.myTickets });
  client.setQueryData(keys.session, user);
}
