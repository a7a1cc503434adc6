// Binds the live feed to the query cache, and says how the connection is.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { applyOrderEvent } from '@/features/orders/cache';
import { applyTicket } from '@/features/tickets/cache';
import { keys } from '@/lib/keys';
import { type LiveState, openFeed } from '@/lib/live';
import { useCurrentUser } from '@/lib/session';

export function useLiveFeed(): LiveState {
  const client = useQueryClient();
  const userId = useCurrentUser()?.id ?? null; // another user sees other events
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(
    () =>
      openFeed({
        onState: setState,
        onEvent: (event) => {
          if (event.subject === 'ticket:created' || event.subject === 'ticket:updated') {
            applyTicket(client, event.data);
          } else {
            applyOrderEvent(client, event);
          }
        },
        onGap: () => {
          void client.invalidateQueries({ queryKey: keys.tickets });
          void client.invalidateQueries({ queryKey: keys.orders });
        },
      }),
    [client, userId],
  );
  return state;
}
