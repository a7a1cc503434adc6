// Signing in, up and out. Afterwards the cache holds nothing of the user before.
import type { QueryClient } from '@tanstack/react-query';
import { send } from '@/lib/api';
import type { User } from '@/lib/schema';
import { becomes } from '@/lib/session';

export interface Credentials {
  email: string;
  password: string;
}

export async function enter(client: QueryClient, how: 'signin' | 'signup', credentials: Credentials) {
  const { data } = await send<User>('POST', `/api/users/${how}`, { body: credentials, actsFor: null });
  becomes(client, { id: data.id, email: data.email });
}

export async function leave(client: QueryClient) {
  await send('POST', '/api/users/signout', { body: {} });
  becomes(client, null);
}
