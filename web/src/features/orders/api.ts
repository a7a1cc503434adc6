// What the orders feature asks of the server.
import { queryOptions } from '@tanstack/react-query';
import { ApiError, command, isStale, send } from '@/lib/api';
import { learnFromDeadline, serverNow } from '@/lib/clock';
import { keyFor, settle } from '@/lib/intent';
import { keys } from '@/lib/keys';
import type { Order, OrderHistoryEntry, Payment } from '@/lib/schema';

function learned(order: Order): Order {
  learnFromDeadline(order.expiresAt, order.expiresInMs);
  return order;
}

export function orderQuery(id: string) {
  return queryOptions({
    queryKey: keys.order(id),
    queryFn: async ({ signal }) =>
      learned((await send<Order>('GET', `/api/orders/${id}`, { signal, fresh: true, own: true })).data),
    refetchInterval: ({ state }) => refetch_ms(state.data),
  });
}

// The feed tells when an order ends. It does not tell when a charge begins or is declined, and it
// may be away at the deadline: then the page asks.
function refetch_ms(order: Order | undefined): number | false {
  if (order?.status === 'awaiting:payment') return 1_000;
  if (order?.status === 'created') {
    const left = Date.parse(order.expiresAt) - serverNow();
    return Math.min(15_000, Math.max(1_000, left + 200));
  }
  return false;
}

export function orderHistoryQuery(id: string, version: number | undefined) {
  return queryOptions({
    queryKey: [...keys.orderHistory(id), version],
    queryFn: async ({ signal }) =>
      (await send<OrderHistoryEntry[]>('GET', `/api/orders/${id}/history?limit=200`, { signal, own: true })).data,
    enabled: version !== undefined,
    placeholderData: (previous) => previous,
    staleTime: Infinity, // versions never change
  });
}

/** All one's orders, newest first. The server lists them in order of creation. */
export const myOrdersQuery = queryOptions({
  queryKey: keys.myOrders,
  queryFn: async ({ signal }) => {
    const { data } = await send<Order[]>('GET', '/api/orders', { signal, fresh: true, own: true });
    return data.map(learned).reverse();
  },
});

/** Runs a command under the intent's key until its answer is definite. */
async function once<T>(intent: string, path: string, body: object): Promise<T> {
  try {
    const { data } = await command<T>('POST', path, { body, idempotencyKey: keyFor(intent, body) });
    settle(intent);
    return data;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500 && error.status !== 429) settle(intent);
    throw error;
  }
}

export async function placeOrder(ticketId: string): Promise<Order> {
  return learned(await once<Order>(`buy:${ticketId}`, '/api/orders', { ticketId }));
}

export function payOrder(orderId: string, token: string): Promise<Payment> {
  return once<Payment>(`pay:${orderId}`, '/api/payments', { token, orderId });
}

/** Cancels what the person has seen. When it has changed since, looks again: it may be over. */
export async function cancelOrder(seen: Order): Promise<void> {
  try {
    await command<undefined>('DELETE', `/api/orders/${seen.id}`, { ifMatch: seen.version });
  } catch (error) {
    if (!isStale(error)) throw error;
    const { data: order } = await send<Order>('GET', `/api/orders/${seen.id}`, { fresh: true, own: true });
    // Ended meanwhile: the page shows how. Otherwise (a card was declined) it is still wanted.
    if (order.status !== 'created' || order.version === seen.version) return;
    await cancelOrder(order);
  }
}
