// The orders of the signed-in user, newest first: all of them, or those that came to something.
import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/Button';
import { Empty, LoadFailure, Section, TicketSkeletons } from '@/components/Page';
import { TicketPaper } from '@/components/TicketPaper';
import { useMore } from '@/components/useMore';
import { useRemaining } from '@/lib/clock';
import { clockText } from '@/lib/format';
import type { Order } from '@/lib/schema';
import { mineTexts } from '@/lib/mineTexts';
import { orderTexts } from '@/lib/orderTexts';
import { myOrdersQuery } from './api';
import css from './OrderView.module.css';

export function MyOrders({ only }: { only?: Order['status'] }) {
  const query = useQuery(myOrdersQuery);
  const rows = query.data?.filter((order) => !only || order.status === only) ?? [];
  if (!query.data) {
    return query.failureReason ? (
      <LoadFailure error={query.failureReason} retry={() => void query.refetch()} />
    ) : (
      <TicketSkeletons count={2} />
    );
  }
  if (rows.length > 0) return <Rows orders={rows} />;
  return (
    <Empty
      title={only ? mineTexts.mine.nothingBought : mineTexts.orders.empty}
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

/** What one holds and has not paid yet, under a heading; nothing when there is nothing. */
export function OrdersToPay() {
  const open = useQuery(myOrdersQuery).data?.filter(({ status }) => status === 'created' || status === 'awaiting:payment') ?? [];
  if (open.length === 0) return null;
  return (
    <Section title={mineTexts.mine.toPay}>
      <Rows orders={open} />
    </Section>
  );
}

function Rows({ orders }: { orders: Order[] }) {
  const { shown, more } = useMore(orders);
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
