// Puts what the feed says about one's own orders into the pages that show them.
import type { QueryClient } from '@tanstack/react-query';
import { keys } from '@/lib/keys';
import type { LiveEvent } from '@/lib/liveState';
import type { Order } from '@/lib/schema';

/** True when the event was about an order. */
export function applyOrderEvent(client: QueryClient, event: LiveEvent): boolean {
  switch (event.subject) {
    case 'order:created':
      void client.invalidateQueries({ queryKey: keys.myOrders });
      void client.invalidateQueries({ queryKey: keys.order(event.data.id) });
      return true;
    case 'order:cancelled': {
      // Its version counts what the feed tells of an order, not what has happened to it.
      const { id } = event.data;
      const ended = (order: Order): Order =>
        order.id === id && order.status !== 'complete' ? { ...order, status: 'cancelled', expiresInMs: 0 } : order;
      client.setQueryData<Order>(keys.order(id), (order) => order && ended(order));
      client.setQueryData<Order[]>(keys.myOrders, (orders) => orders?.map(ended));
      // An answer that is on its way may be older: asked again.
      void client.invalidateQueries({ queryKey: keys.myOrders });
      void client.invalidateQueries({ queryKey: keys.order(id) });
      return true;
    }
    case 'payment:created':
    case 'expiration:complete':
      void client.invalidateQueries({ queryKey: keys.order(event.data.orderId) });
      void client.invalidateQueries({ queryKey: keys.myOrders });
      return true;
    case 'ticket:created':
    case 'ticket:updated':
      return false;
  }
}
