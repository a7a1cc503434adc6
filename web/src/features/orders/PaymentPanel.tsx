// The part of an open order where money is asked for.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Button } from '@/components/Button';
import { Countdown } from '@/components/Countdown';
import { ErrorNotice, focusOutcome, Notice, outcomeProps } from '@/components/Notice';
import { hasStatus } from '@/lib/api';
import { money } from '@/lib/format';
import { pendingBody } from '@/lib/intent';
import { keys } from '@/lib/keys';
import { useLiveState } from '@/lib/liveState';
import type { Order } from '@/lib/schema';
import { useConfig, useCurrency } from '@/lib/session';
import { orderTexts } from '@/lib/orderTexts';
import { stripeTexts } from '@/lib/stripeTexts';
import { cancelOrder, payOrder } from './api';
import type { SandboxToken } from './sandbox';
import { SandboxCards } from './SandboxCards';
import type { CardForm } from './stripe';
import css from './OrderView.module.css';

const StripeCard = lazy(async () => ({ default: (await import('./StripeCard')).StripeCard }));

/** Why the last payment failed: words, and a code for it where there is one. */
export interface Declined {
  reason: string;
  code: string | undefined;
}

export function PaymentPanel({ order, declined }: { order: Order; declined: Declined | null }) {
  const config = useConfig();
  const currency = useCurrency();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<SandboxToken>(() => lastChosen(order.id) ?? 'tok_visa');
  const [cardForm, setCardForm] = useState<CardForm | null>(null);
  const stripeKey = config.gateway === 'stripe' ? config.stripePublishableKey : null;

  const refresh = () => client.invalidateQueries({ queryKey: keys.orders });
  const pay = useMutation({ mutationFn: (token: string) => payOrder(order.id, token), onSettled: refresh });
  // Stripe reads the card from its form, which has to stay on the page until then.
  const readCard = useMutation({ mutationFn: (form: CardForm) => form.tokenize(), onSuccess: (token) => pay.mutate(token) });
  const cancel = useMutation({ mutationFn: () => cancelOrder(order), onSettled: refresh });

  useEffect(() => {
    if (pay.error) focusOutcome();
  }, [pay.error]);

  const [title, lead] =
    config.gateway === 'sandbox' ? [orderTexts.sandbox.title, orderTexts.sandbox.lead]
    : stripeKey ? [stripeTexts.title, stripeTexts.lead]
    : [stripeTexts.missing, stripeTexts.missingBody];

  if (pay.isPending || order.status === 'awaiting:payment') return <Charging order={order} />;
  // What this window was told just now, or what the order's history says: the same words.
  const payError = pay.error;
  const isDeclined = hasStatus(payError, 402); // whatever its code: there is one for each reason
  const why = isDeclined ? { reason: payError.message, code: payError.errors[0]?.code } : declined;
  const amount = money(order.ticket.price, currency);
  return (
    <div className={css.pay}>
      <Countdown until={order.expiresAt} outOf_ms={config.orderLifetimeMs} label={orderTexts.order.timeLeft} />
      {why && (
        <Notice tone="bad" outcome title={isOfCard(why) ? orderTexts.order.declined : orderTexts.order.notPaid}>
          {isOfCard(why) ? orderTexts.order.declinedBody(sentence(why.reason)) : sentence(why.reason)}
        </Notice>
      )}
      {!isDeclined && <ErrorNotice outcome error={readCard.error ?? payError} />}
      <div className={css.payHead}>
        <h2>{title}</h2>
        <p className="soft">{lead}</p>
      </div>
      {config.gateway === 'sandbox' && <SandboxCards chosen={chosen} onChoose={setChosen} />}
      {stripeKey && (
        <Suspense fallback={null}>
          <StripeCard publishableKey={stripeKey} onReady={setCardForm} />
        </Suspense>
      )}
      <Button
        look="primary"
        wide
        className={css.payNow}
        disabled={config.gateway === 'stripe' && cardForm === null}
        busy={readCard.isPending}
        onClick={() => (cardForm ? readCard.mutate(cardForm) : pay.mutate(chosen))}
      >
        {orderTexts.order.pay(amount)}
      </Button>
      <ErrorNotice outcome error={cancel.error} />
      <div className={css.letGo}>
        <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          {cancel.isPending ? orderTexts.order.cancelling : orderTexts.order.cancel}
        </Button>
        <span className="soft">{orderTexts.order.cancelHint}</span>
      </div>
    </div>
  );
}

// Sent, or on its way: without a line nobody knows, and it is not said that a card is being charged.
function Charging({ order }: { order: Order }) {
  const isAway = useLiveState() === 'offline' && order.status === 'created';
  return (
    <div className={css.charging} role="status" {...outcomeProps}>
      <h2>{isAway ? orderTexts.order.sendingTitle : orderTexts.order.chargingTitle}</h2>
      <div className={css.wire} aria-hidden="true" />
      <p className="soft">{isAway ? orderTexts.order.sendingBody : orderTexts.order.chargingBody}</p>
    </div>
  );
}

// The card whose payment had no definite answer when the page was left.
function lastChosen(orderId: string): SandboxToken | null {
  const token = pendingBody<{ token: string }>(`pay:${orderId}`)?.token;
  return token !== undefined && token in orderTexts.sandbox.cards ? (token as SandboxToken) : null;
}

// What no other card would change is said in the words of the service alone.
const notOfCard = /^(authentication_required|amount_too_(small|large)|payment_(unavailable|not_charged|refunded))$/;
const isOfCard = ({ code = '' }: Declined) => !notOfCard.test(code);

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
