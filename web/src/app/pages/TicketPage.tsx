import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { Page } from '@/components/Page';
import { BuyButton, BuyNotice, useBuyTicket, useOwnOrder } from '@/features/orders/BuyTicket';
import { ticketQuery } from '@/features/tickets/api';
import { PaperTrail } from '@/features/tickets/PaperTrail';
import { HeldNotice, SoldNotice, TicketDetails } from '@/features/tickets/TicketDetails';
import type { TicketState } from '@/features/tickets/useTicketState';
import type { Ticket } from '@/lib/schema';
import { useCurrentUser } from '@/lib/session';
import { ticketTexts } from '@/lib/ticketTexts';
import { texts } from '@/lib/texts';
import css from './pages.module.css';

export function TicketPage({ id }: { id: string }) {
  const buy = useBuyTicket(id);
  const title = useQuery(ticketQuery(id)).data?.title;
  return (
    <Page title={title ?? ticketTexts.ticketPage.title}>
      <TicketDetails
        id={id}
        action={(ticket) => <BuyButton ticket={ticket} buy={buy} />}
        about={(ticket, state) => (
          <div className={css.beside}>
            <div className={css.stack}>
              <BuyNotice ticket={ticket} buy={buy} />
              <Situation ticket={ticket} state={state} />
            </div>
            <PaperTrail id={id} />
          </div>
        )}
      />
    </Page>
  );
}

/** What this visitor should know about the ticket now. */
function Situation({ ticket, state }: { ticket: Ticket; state: TicketState }) {
  const user = useCurrentUser();
  const order = useOwnOrder(ticket);
  if (order && order.status !== 'cancelled') {
    const bought = order.status === 'complete';
    return (
      <Notice
        tone={bought ? 'good' : 'wait'}
        title={bought ? ticketTexts.ticketPage.soldToYou : ticketTexts.ticketPage.heldByYou}
        actions={
          <ButtonLink look="primary" to={`/orders/${order.id}`}>
            {ticketTexts.ticketPage.toOrder}
          </ButtonLink>
        }
      >
        {bought ? null : ticketTexts.ticketPage.heldByYouBody}
      </Notice>
    );
  }
  if (state.is === 'held') return <HeldNotice since={state.since} />;
  if (state.is === 'sold') return <SoldNotice />;
  if (state.is === 'open' && user?.id === ticket.userId) {
    return (
      <Notice
        title={texts.ticket.yours}
        actions={<ButtonLink to={`/tickets/${ticket.id}/edit`}>{ticketTexts.ticketPage.edit}</ButtonLink>}
      >
        {ticketTexts.ticketPage.own}
      </Notice>
    );
  }
  return null;
}
