// The orders of the signed-in user, newest first: all of them, or those that one has or may have
// something of.
import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/Button';
import { Empty, LoadFailure, TicketSkeletons } from '@/components/Page';
import { TicketPaper } from '@/components/TicketPaper';
import { useMore } from '@/components/useMore';
import { useRemaining } from '@/lib/clock';
import { clockText } from '@/lib/format';
import type { Order } from '@/lib/schema';
import { mineTexts } from '@/lib/mineTexts';
import { orderTexts } from '@/lib/orderTexts';
import { myOrdersQuery } from './api';
import css from './OrderView.module.css';

export function MyOrders({ ended = true }: { ended?: boolean }) {
  const query = useQuery(myOrdersQuery);
  const rows = query.data?.filter((order) => ended || order.status !== 'cancelled') ?? [];
  const { shown, more } = useMore(rows);
  if (!query.data) {
    return query.failureReason ? (
      <LoadFailure error={query.failureReason} retry={() => void query.refetch()} />
    ) : (
      <TicketSkeletons count={2} />
    );
  }
  if (rows.length === 0) {
    return (
      <Empty
        title={ended ? mineTexts.orders.empty : mineTexts.mine.nothingBought}
        action={
          <ButtonLink look="primary" to="/">
            {mineTexts.orders.emptyAction}
          </ButtonLink>
        }
      >
        {mineTexts.orders.emptyBody}
      </Empty>
    );
  }
  return (
    <>
      <ul className={css.list}>
        {shown.map((order) => (
          <li key={order.id} className={css.row}>
            <Row order={order} />
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}

function Row({ order }: { order: Order }) {
  const left_ms = useRemaining(order.status === 'created' ? order.expiresAt : null);
  const { id, title, price } = order.ticket;
  const stamp =
    order.status === 'complete' ? { text: orderTexts.order.paidStamp, tone: 'good' as const }
    : order.status === 'cancelled' ? { text: orderTexts.order.cancelledStamp }
    : null;
  return (
    <>
      <TicketPaper
        id={id}
        title={title}
        price={price}
        to={`/orders/${order.id}`}
        state={order.status === 'cancelled' ? 'void' : 'open'}
        stamp={stamp}
      />
      <div className={css.facts}>
        <p className={css.status} data-status={order.status}>
          {mineTexts.orders.status[order.status]}
        </p>
        {left_ms > 0 && <p className="soft">{mineTexts.orders.left(clockText(left_ms))}</p>}
      </div>
    </>
  );
}
