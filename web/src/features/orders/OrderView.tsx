// One order from hold to ticket: time left, payment, and how it ended.
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { LoadFailure, Panel, TicketSkeletons } from '@/components/Page';
import { Receipt } from '@/components/Receipt';
import { type PaperState, TicketPaper } from '@/components/TicketPaper';
import { useRemaining } from '@/lib/clock';
import { settle } from '@/lib/intent';
import type { Order, OrderHistoryEntry } from '@/lib/schema';
import { texts } from '@/lib/texts';
import { orderHistoryQuery, orderQuery } from './api';
import { PaymentPanel } from './PaymentPanel';
import css from './OrderView.module.css';

export function OrderView({ id }: { id: string }) {
  const query = useQuery(orderQuery(id));
  const order = query.data;
  const history = useQuery(orderHistoryQuery(id, order?.version)).data ?? [];
  useEffect(() => {
    if (order) document.title = texts.documentTitle(texts.order.titleFor(order.ticket.title));
  }, [order]);
  useEffect(() => {
    // Over: a key that was kept for a payment without an answer has done its duty.
    if (order?.status === 'complete' || order?.status === 'cancelled') settle(`pay:${id}`);
  }, [order?.status, id]);

  if (!order) {
    return query.failureReason ? (
      <LoadFailure error={query.failureReason} retry={() => void query.refetch()} />
    ) : (
      <TicketSkeletons count={1} />
    );
  }
  const expired = history.some((entry) => entry.event === 'cancelled' && entry.reason === 'expired');
  return (
    <>
      <TicketPaper
        hero
        id={order.ticket.id}
        title={order.ticket.title}
        price={order.ticket.price}
        state={paperOf(order)}
        stamp={stampOf(order, expired)}
        note={order.status === 'created' ? texts.ticket.heldFor : texts.ticket.admit}
      />
      <div className={css.split}>
        <Stage order={order} expired={expired} history={history} />
        <OrderTrail history={history} />
      </div>
    </>
  );
}

function Stage({ order, expired, history }: { order: Order; expired: boolean; history: OrderHistoryEntry[] }) {
  const left_ms = useRemaining(order.status === 'created' ? order.expiresAt : null);
  const last = history.at(-1);
  switch (order.status) {
    case 'created':
      if (left_ms <= 0) return <TimeUp />;
      return (
        <Panel>
          <PaymentPanel order={order} declined={last?.event === 'payment_declined' ? (last.reason ?? '') : null} />
        </Panel>
      );
    case 'awaiting:payment':
      return (
        <Panel>
          <PaymentPanel order={order} declined={null} />
        </Panel>
      );
    case 'complete':
      return (
        <Notice tone="good" title={texts.order.paid} actions={<ButtonLink to="/orders">{texts.orders.title}</ButtonLink>}>
          {texts.order.paidBody}
        </Notice>
      );
    case 'cancelled':
      return (
        <Notice
          title={expired ? texts.order.expired : texts.order.cancelled}
          actions={
            <>
              <ButtonLink look="primary" to={`/tickets/${order.ticket.id}`}>
                {texts.order.lookAgain}
              </ButtonLink>
              <ButtonLink to="/">{texts.order.back}</ButtonLink>
            </>
          }
        >
          {expired ? texts.order.expiredBody : texts.order.cancelledBody}
        </Notice>
      );
  }
}

// By our reckoning; the server says when it is so, within a moment.
function TimeUp() {
  return (
    <Notice tone="wait" title={texts.order.timeUp}>
      {texts.order.timeUpBody}
    </Notice>
  );
}

function OrderTrail({ history }: { history: OrderHistoryEntry[] }) {
  if (history.length === 0) return null;
  const lines = history.map((entry) => {
    const reason = entry.reason ? (texts.order.reasons[entry.reason] ?? entry.reason) : null;
    const text = texts.order.events[entry.event];
    return { version: entry.version, event: entry.event, at: entry.at, text: reason ? `${text}: ${reason}` : text };
  });
  return <Receipt title={texts.order.trail} lines={lines} />;
}

function paperOf(order: Order): PaperState {
  return order.status === 'cancelled' ? 'void' : 'open';
}

function stampOf(order: Order, expired: boolean) {
  if (order.status === 'complete') return { text: texts.order.paidStamp, tone: 'good' as const };
  if (order.status !== 'cancelled') return null;
  return { text: expired ? texts.order.expiredStamp : texts.order.cancelledStamp, tone: 'bad' as const };
}
