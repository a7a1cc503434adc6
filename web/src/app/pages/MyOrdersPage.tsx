import { Page, PageHead } from '@/components/Page';
import { MyOrders } from '@/features/orders/MyOrders';
import { texts } from '@/lib/texts';
import { SignedIn } from './SignedIn';

export function MyOrdersPage() {
  return (
    <SignedIn>
      <Page title={texts.orders.title}>
        <PageHead title={texts.orders.title} lead={texts.orders.lead} />
        <MyOrders />
      </Page>
    </SignedIn>
  );
}
