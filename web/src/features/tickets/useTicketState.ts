// Whether a ticket is for sale, on hold or sold, and since when. A ticket itself says only that an
// order has it; the event that made its present version says which.
import { useQuery } from '@tanstack/react-query';
import type { Ticket } from '@/lib/schema';
import { lastEventQuery } from './api';

export type TicketState =
  | { is: 'open' }
  | { is: 'taken' } // on hold or sold: not known yet
  | { is: 'held'; since: string }
  | { is: 'sold'; since: string };

export function useTicketState(ticket: Ticket | undefined): TicketState {
  const taken = ticket?.orderId !== undefined;
  const last = useQuery({
    ...lastEventQuery(ticket?.id ?? '', ticket?.version ?? 0),
    enabled: taken,
    placeholderData: (before) => before, // held becomes sold without a blink
  });
  if (!taken) return { is: 'open' };
  const event = last.data;
  if (event?.event === 'reserved') return { is: 'held', since: event.at };
  if (event?.event === 'sold') return { is: 'sold', since: event.at };
  return { is: 'taken' };
}
