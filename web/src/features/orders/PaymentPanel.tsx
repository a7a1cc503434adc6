// The part of an open order where money is asked for.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Countdown } from '@/components/Countdown';
import { ErrorNotice, Notice } from '@/components/Notice';
import { hasStatus } from '@/lib/api';
import { money } from '@/lib/format';
import { pendingBody } from '@/lib/intent';
import { keys } from '@/lib/keys';
import type { Order } from '@/lib/schema';
import { useConfig } from '@/lib/session';
import { texts } from '@/lib/texts';
import { cancelOrder, payOrder } from './api';
import type { SandboxToken } from './sandbox';
import { SandboxCards } from './SandboxCards';
import { StripeCard } from './StripeCard';
import type { CardForm } from './stripe';
import css from './OrderView.module.css';

export function PaymentPanel({ order, declined }: { order: Order; declined: string | null }) {
  const config = useConfig();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<SandboxToken>(() => lastChosen(order.id) ?? 'tok_visa');
  const [cardForm, setCardForm] = useState<CardForm | null>(null);
  const stripeKey = config.gateway === 'stripe' ? config.stripePublishableKey : null;

  const refresh = () => client.invalidateQueries({ queryKey: keys.orders });
  const pay = useMutation({ mutationFn: (token: string) => payOrder(order.id, token), onSettled: refresh });
  // Stripe reads the card from its form, which has to stay on the page until then.
  const readCard = useMutation({ mutationFn: (form: CardForm) => form.tokenize(), onSuccess: (token) => pay.mutate(token) });
  const cancel = useMutation({ mutationFn: () => cancelOrder(order), onSettled: refresh });

  const [title, lead] =
    config.gateway === 'sandbox' ? [texts.sandbox.title, texts.sandbox.lead]
    : stripeKey ? [texts.stripe.title, texts.stripe.lead]
    : [texts.stripe.missing, texts.stripe.missingBody];

  if (pay.isPending || order.status === 'awaiting:payment') return <Charging />;
  const amount = money(order.ticket.price, config.currency);
  return (
    <div className={css.pay}>
      <Countdown until={order.expiresAt} outOf_ms={config.orderLifetimeMs} label={texts.order.timeLeft} />
      {declined && (
        <Notice tone="bad" title={texts.order.declined}>
          {texts.order.declinedBody(sentence(declined))}
        </Notice>
      )}
      {!hasStatus(pay.error, 402) && <ErrorNotice error={readCard.error ?? pay.error} />}
      <div className={css.payHead}>
        <h2>{title}</h2>
        <p className="soft">{lead}</p>
      </div>
      {config.gateway === 'sandbox' && <SandboxCards chosen={chosen} onChoose={setChosen} />}
      {stripeKey && <StripeCard publishableKey={stripeKey} onReady={setCardForm} />}
      <Button
        look="primary"
        wide
        className={css.payNow}
        disabled={config.gateway === 'stripe' && cardForm === null}
        busy={readCard.isPending}
        onClick={() => (cardForm ? readCard.mutate(cardForm) : pay.mutate(chosen))}
      >
        {texts.order.pay(amount)}
      </Button>
      <ErrorNotice error={cancel.error} />
      <div className={css.letGo}>
        <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          {cancel.isPending ? texts.order.cancelling : texts.order.cancel}
        </Button>
        <span className="soft">{texts.order.cancelHint}</span>
      </div>
    </div>
  );
}

function Charging() {
  return (
    <div className={css.charging} role="status">
      <h2>{texts.order.chargingTitle}</h2>
      <div className={css.wire} aria-hidden="true" />
      <p className="soft">{texts.order.chargingBody}</p>
    </div>
  );
}

// The card whose payment had no definite answer when the page was left.
function lastChosen(orderId: string): SandboxToken | null {
  const token = pendingBody<{ token: string }>(`pay:${orderId}`)?.token;
  return token !== undefined && token in texts.sandbox.cards ? (token as SandboxToken) : null;
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
