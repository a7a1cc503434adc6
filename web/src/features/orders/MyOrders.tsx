// Every order of the signed-in user, newest first.
import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/components/Button';
import { Empty, LoadFailure, TicketSkeletons } from '@/components/Page';
import { TicketPaper } from '@/components/TicketPaper';
import { useMore } from '@/components/useMore';
import { useRemaining } from '@/lib/clock';
import { clockText } from '@/lib/format';
import type { Order } from '@/lib/schema';
import { texts } from '@/lib/texts';
import { myOrdersQuery } from './api';
import css from './OrderView.module.css';

export function MyOrders() {
  const query = useQuery(myOrdersQuery);
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
        title={texts.orders.empty}
        action={
          <ButtonLink look="primary" to="/">
            {texts.orders.emptyAction}
          </ButtonLink>
        }
      >
        {texts.orders.emptyBody}
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
    order.status === 'complete' ? { text: texts.order.paidStamp, tone: 'good' as const }
    : order.status === 'cancelled' ? { text: texts.order.cancelledStamp }
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
          {texts.orders.status[order.status]}
        </p>
        {left_ms > 0 && <p className="soft">{texts.orders.left(clockText(left_ms))}</p>}
      </div>
    </>
  );
}
