import { Page } from '@/components/Page';
import { OrderView } from '@/features/orders/OrderView';
import { texts } from '@/lib/texts';
import { SignedIn } from './SignedIn';

export function OrderPage({ id }: { id: string }) {
  return (
    <SignedIn>
      <Page title={texts.nav.orders}>
        <OrderView id={id} />
      </Page>
    </SignedIn>
  );
}
