import { Page } from '@/components/Page';
import { OrderView } from '@/features/orders/OrderView';
import { orderTexts } from '@/lib/orderTexts';
import { SignedIn } from './SignedIn';

export function OrderPage({ id }: { id: string }) {
  return (
    <SignedIn>
      <Page title={orderTexts.order.title}>
        <OrderView id={id} />
      </Page>
    </SignedIn>
  );
}
