// One ticket, large. What can be done with it (buy) comes from another feature, as children.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { LoadFailure, TicketSkeletons } from '@/components/Page';
import { TicketPaper } from '@/components/TicketPaper';
import { useRemaining } from '@/lib/clock';
import { durationText, formatTime } from '@/lib/format';
import type { Ticket } from '@/lib/schema';
import { useConfig } from '@/lib/session';
import { ticketTexts } from '@/lib/ticketTexts';
import { texts } from '@/lib/texts';
import { ticketQuery } from './api';
import { type TicketState, useTicketState } from './useTicketState';

interface Props {
  id: string;
  action: (ticket: Ticket, state: TicketState) => ReactNode; // on the stub
  about: (ticket: Ticket, state: TicketState) => ReactNode; // beside the paper trail
}

export function TicketDetails({ id, action, about }: Props) {
  const query = useQuery(ticketQuery(id));
  const state = useTicketState(query.data);
  const ticket = query.data;
  if (!ticket) {
    return query.failureReason ? (
      <LoadFailure error={query.failureReason} retry={() => void query.refetch()} />
    ) : (
      <TicketSkeletons count={1} />
    );
  }
  const paper = state.is === 'taken' ? 'held' : state.is;
  return (
    <>
      <TicketPaper
        hero
        id={ticket.id}
        title={ticket.title}
        price={ticket.price}
        state={paper}
        stamp={state.is === 'held' || state.is === 'sold' ? { text: texts.ticket[state.is], tone: state.is === 'sold' ? 'bad' : 'quiet' } : null}
      >
        {action(ticket, state)}
      </TicketPaper>
      {about(ticket, state)}
    </>
  );
}

/** When a ticket that somebody else holds may come free. */
export function HeldNotice({ since }: { since: string }) {
  const { orderLifetimeMs } = useConfig();
  const until = new Date(Date.parse(since) + orderLifetimeMs);
  const left_ms = useRemaining(until.toISOString());
  return (
    <Notice tone="wait" title={ticketTexts.ticketPage.heldTitle}>
      {left_ms > 0
        ? ticketTexts.ticketPage.heldUntil(formatTime(until), durationText(left_ms))
        : ticketTexts.ticketPage.heldOverdue}
    </Notice>
  );
}

export function SoldNotice() {
  return (
    <Notice title={ticketTexts.ticketPage.soldTitle} actions={<ButtonLink to="/">{texts.notFound.action}</ButtonLink>}>
      {ticketTexts.ticketPage.soldBody}
    </Notice>
  );
}
