// Binds the live feed to the query cache, and says how the connection is.
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { applyOrderEvent } from '@/features/orders/cache';
import { applyTicket, forgetTickets } from '@/features/tickets/cache';
import { keys } from '@/lib/keys';
import { openFeed } from '@/lib/live';
import type { LiveEvent, LiveState } from '@/lib/liveState';
import { lookWhoItIs, useCurrentUser } from '@/lib/session';

export function useLiveFeed(): LiveState {
  const client = useQueryClient();
  const userId = useCurrentUser()?.id ?? null; // another user sees other events
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(
    () =>
      openFeed(userId, (message) => {
        switch (message.kind) {
          case 'state':
            return setState(message.state);
          case 'events':
            return message.events.forEach((event) => apply(client, event));
          case 'gap':
            return askAgain(client);
          case 'reset':
            return startOver(client);
          case 'doubt':
            return lookWhoItIs(client);
        }
      }),
    [client, userId],
  );
  return state;
}

function apply(client: QueryClient, event: LiveEvent): void {
  if (event.subject === 'ticket:created' || event.subject === 'ticket:updated') applyTicket(client, event.data);
  else applyOrderEvent(client, event);
}

function askAgain(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: keys.tickets });
  void client.invalidateQueries({ queryKey: keys.orders });
}

// The node has another history (an older backup was restored): what is shown may never have been,
// and versions count from elsewhere. Even whoever is signed in may have no account any more.
function startOver(client: QueryClient): void {
  forgetTickets();
  void client.resetQueries({ queryKey: keys.tickets });
  void client.resetQueries({ queryKey: keys.orders });
  lookWhoItIs(client);
}
