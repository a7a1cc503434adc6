// One order from hold to ticket: time left, payment, and how it ended.
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { LoadFailure, Panel, TicketSkeletons } from '@/components/Page';
import { Receipt } from '@/components/Receipt';
import { type PaperState, TicketPaper } from '@/components/TicketPaper';
import { useAnnounced } from '@/lib/announce';
import { serverNow, useRemaining } from '@/lib/clock';
import { useDocumentTitle } from '@/lib/documentTitle';
import { settle } from '@/lib/intent';
import type { Order, OrderHistoryEntry } from '@/lib/schema';
import { orderTexts } from '@/lib/orderTexts';
import { texts } from '@/lib/texts';
import { orderHistoryQuery, orderQuery } from './api';
import { PaymentPanel } from './PaymentPanel';
import css from './OrderView.module.css';

export function OrderView({ id }: { id: string }) {
  const query = useQuery(orderQuery(id));
  const order = query.data;
  const history = useQuery(orderHistoryQuery(id, order?.version)).data ?? [];
  useDocumentTitle(order && orderTexts.order.titleFor(order.ticket.title));
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
  const expired = hasExpired(order, history);
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

// Until the history is here, by the clock: a cancelled order says that it is, not why.
function hasExpired(order: Order, history: OrderHistoryEntry[]): boolean {
  const end = history.find((entry) => entry.event === 'cancelled');
  return order.status === 'cancelled' && (end ? end.reason === 'expired' : serverNow() >= Date.parse(order.expiresAt));
}

// What is said aloud when it comes to that under one's eyes: not the words that are read there.
function outcomeOf(order: Order, expired: boolean): string | null {
  const { spoken } = orderTexts.order;
  switch (order.status) {
    case 'created':
      return null;
    case 'awaiting:payment':
      return spoken.charging;
    case 'complete':
      return spoken.paid(order.ticket.title);
    case 'cancelled':
      return expired ? spoken.expired : spoken.cancelled;
  }
}

function Stage({ order, expired, history }: { order: Order; expired: boolean; history: OrderHistoryEntry[] }) {
  const left_ms = useRemaining(order.status === 'created' ? order.expiresAt : null);
  const last = history.at(-1);
  useAnnounced(outcomeOf(order, expired));
  switch (order.status) {
    case 'created':
      if (left_ms <= 0) return <TimeUp />;
      return (
        <Panel>
          <PaymentPanel order={order} declined={last?.event === 'payment_declined' && last.reason ? { reason: last.reason, code: last.code } : null} />
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
        <Notice tone="good" outcome title={orderTexts.order.paid} actions={<ButtonLink to="/my-tickets">{texts.nav.mine}</ButtonLink>}>
          {orderTexts.order.paidBody}
        </Notice>
      );
    case 'cancelled':
      return (
        <Notice
          outcome
          title={expired ? orderTexts.order.expired : orderTexts.order.cancelled}
          actions={
            <>
              <ButtonLink look="primary" to={`/tickets/${order.ticket.id}`}>
                {orderTexts.order.lookAgain}
              </ButtonLink>
              <ButtonLink to="/">{orderTexts.order.back}</ButtonLink>
            </>
          }
        >
          {expired ? orderTexts.order.expiredBody : orderTexts.order.cancelledBody}
        </Notice>
      );
  }
}

// By our reckoning; the server says when it is so, within a moment.
function TimeUp() {
  return (
    <Notice tone="wait" outcome title={orderTexts.order.timeUp}>
      {orderTexts.order.timeUpBody}
    </Notice>
  );
}

function OrderTrail({ history }: { history: OrderHistoryEntry[] }) {
  if (history.length === 0) return null;
  const lines = history.map((entry) => {
    const reason = entry.reason ? (orderTexts.order.reasons[entry.reason] ?? entry.reason) : null;
    const text = orderTexts.order.events[entry.event];
    return { version: entry.version, event: entry.event, at: entry.at, text: reason ? `${text}: ${reason}` : text };
  });
  return <Receipt title={orderTexts.order.trail} lines={lines} />;
}

function paperOf(order: Order): PaperState {
  return order.status === 'cancelled' ? 'void' : 'open';
}

function stampOf(order: Order, expired: boolean) {
  if (order.status === 'complete') return { text: orderTexts.order.paidStamp, tone: 'good' as const };
  if (order.status !== 'cancelled') return null;
  return { text: expired ? orderTexts.order.expiredStamp : orderTexts.order.cancelledStamp, tone: 'bad' as const };
}
