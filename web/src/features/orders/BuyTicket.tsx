// The buy button of a ticket, and what it becomes when somebody is buying it already.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, ButtonLink } from '@/components/Button';
import { ErrorNotice, Notice } from '@/components/Notice';
import { isRefusal } from '@/lib/api';
import { durationText, money } from '@/lib/format';
import { keys } from '@/lib/keys';
import { navigate } from '@/lib/router';
import type { Order, Ticket } from '@/lib/schema';
import { useConfig, useCurrency, useCurrentUser } from '@/lib/session';
import { ticketTexts } from '@/lib/ticketTexts';
import css from './BuyTicket.module.css';
import { myOrdersQuery, placeOrder } from './api';

export function useBuyTicket(ticketId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => placeOrder(ticketId),
    onSuccess: (order) => {
      client.setQueryData(keys.order(order.id), order);
      void client.invalidateQueries({ queryKey: keys.myOrders });
      navigate(`/orders/${order.id}`);
    },
    onError: () => client.invalidateQueries({ queryKey: keys.ticket(ticketId) }),
  });
}

interface Props {
  ticket: Ticket;
  buy: ReturnType<typeof useBuyTicket>;
}

/** On the stub. */
export function BuyButton({ ticket, buy }: Props) {
  const user = useCurrentUser();
  const currency = useCurrency();
  if (ticket.orderId !== undefined || user?.id === ticket.userId) return null;
  if (!user) {
    return (
      <ButtonLink look="stamped" to={`/auth/signin?to=/tickets/${ticket.id}`}>
        {ticketTexts.ticketPage.signInToBuy}
      </ButtonLink>
    );
  }
  return (
    <Button look="stamped" busy={buy.isPending} onClick={() => buy.mutate()}>
      {buy.isPending ? ticketTexts.ticketPage.buying : ticketTexts.ticketPage.buy(money(ticket.price, currency))}
    </Button>
  );
}

/** Under the ticket: why it could not be bought, or what buying it means. */
export function BuyNotice({ ticket, buy }: Props) {
  const { orderLifetimeMs } = useConfig();
  const user = useCurrentUser();
  // Without a code, a 400 for a ticket that is taken means that.
  const isTaken = isRefusal(buy.error, 'ticket_reserved', 400) && ticket.orderId !== undefined;
  if (isTaken) return <Notice tone="bad" outcome title={ticketTexts.ticketPage.faster} />;
  if (buy.error) return <ErrorNotice outcome error={buy.error} />;
  if (ticket.orderId !== undefined || user?.id === ticket.userId) return null;
  return (
    <ol className={css.steps}>
      {ticketTexts.ticketPage.steps(durationText(orderLifetimeMs)).map(({ name, does }) => (
        <li key={name}>
          <h2>{name}</h2>
          <p className="soft">{does}</p>
        </li>
      ))}
    </ol>
  );
}

/** The signed-in user's own order that has this ticket, if there is one. */
export function useOwnOrder(ticket: Ticket): Order | null {
  const user = useCurrentUser();
  const orders = useQuery({ ...myOrdersQuery, enabled: user != null && ticket.orderId !== undefined });
  return orders.data?.find((order) => order.id === ticket.orderId) ?? null;
}
