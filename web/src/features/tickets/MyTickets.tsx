// What the signed-in user sells and has sold.
import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/Button';
import { Empty, LoadFailure, TicketSkeletons } from '@/components/Page';
import { TicketPaper } from '@/components/TicketPaper';
import { formatDateTime } from '@/lib/format';
import { Link } from '@/lib/router';
import type { Ticket } from '@/lib/schema';
import { mineTexts } from '@/lib/mineTexts';
import { sellingTexts } from '@/lib/sellingTexts';
import { texts } from '@/lib/texts';
import { useMore } from '@/components/useMore';
import { myTicketsQuery } from './api';
import { useTicketState } from './useTicketState';
import css from './listing.module.css';

export function MyTickets() {
  const query = useQuery(myTicketsQuery);
  const { shown, more } = useMore(query.data ?? []);
  if (!query.data) {
    return query.failureReason ? (
      <LoadFailure error={query.failureReason} retry={() => void query.refetch()} />
    ) : (
      <TicketSkeletons count={2} />
    );
  }
  if (query.data.length === 0) {
    return (
      <Empty
        title={mineTexts.mine.empty}
        action={
          <ButtonLink look="primary" to="/tickets/new">
            {sellingTexts.listing.sellTitle}
          </ButtonLink>
        }
      >
        {mineTexts.mine.emptyBody}
      </Empty>
    );
  }
  return (
    <>
      <ul className={css.mine}>
        {shown.map((ticket) => (
          <li key={ticket.id} className={css.row}>
            <Row ticket={ticket} />
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}

function Row({ ticket }: { ticket: Ticket }) {
  const state = useTicketState(ticket);
  const is = state.is === 'taken' ? 'held' : state.is;
  const words = { open: mineTexts.mine.forSale, held: mineTexts.mine.held, sold: mineTexts.mine.sold };
  return (
    <>
      <TicketPaper
        id={ticket.id}
        title={ticket.title}
        price={ticket.price}
        to={`/tickets/${ticket.id}`}
        state={is}
        stamp={is === 'sold' ? { text: texts.ticket.sold } : null}
      />
      <div className={css.facts}>
        <p className={css.status} data-state={is}>
          {words[is]}
          {'since' in state && <span className="soft"> {mineTexts.mine.since[state.is](formatDateTime(new Date(state.since)))}</span>}
        </p>
        <p className={css.links}>
          {is === 'open' && <Link to={`/tickets/${ticket.id}/edit`}>{mineTexts.mine.edit}</Link>}
          <Link to={`/tickets/${ticket.id}`}>{mineTexts.mine.trail}</Link>
        </p>
      </div>
    </>
  );
}
