// Keeps up with who is signed in, whatever another tab did, and makes sure that what a person began
// as one user is never finished as another.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useState } from 'react';
import { actAs, onDoubt } from '@/lib/api';
import type { CurrentUser } from '@/lib/schema';
import { changedHere, lookWhoItIs, useCurrentUser, watchSession } from '@/lib/session';

export interface WhoIsHere {
  turn: number; // grows when a user leaves: what they had begun on the page goes with them
  elsewhere: CurrentUser | null | undefined; // who it is since another tab changed that
}

export function useWhoIsHere(): WhoIsHere {
  const client = useQueryClient();
  const user = useCurrentUser();
  const [seen, setSeen] = useState<WhoIsHere & { user: typeof user }>({ user, turn: 0, elsewhere: undefined });
  if (seen.user?.id !== user?.id || (seen.user === undefined) !== (user === undefined)) {
    const isNews = seen.user !== undefined && user !== undefined && !changedHere(user);
    setSeen({ user, turn: seen.user ? seen.turn + 1 : seen.turn, elsewhere: isNews ? user : undefined });
  }
  // With what is on the screen, not before it.
  useLayoutEffect(() => actAs(user?.id ?? null), [user?.id]);
  useEffect(() => {
    const look = () => lookWhoItIs(client);
    const [unwatch, trust] = [watchSession(look), onDoubt(look)];
    return () => {
      unwatch();
      trust();
    };
  }, [client]);
  return seen;
}
