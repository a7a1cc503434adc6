import { Page, PageHead } from '@/components/Page';
import { MyOrders } from '@/features/orders/MyOrders';
import { mineTexts } from '@/lib/mineTexts';
import { SignedIn } from './SignedIn';

export function MyOrdersPage() {
  return (
    <SignedIn>
      <Page title={mineTexts.orders.title}>
        <PageHead title={mineTexts.orders.title} lead={mineTexts.orders.lead} />
        <MyOrders />
      </Page>
    </SignedIn>
  );
}
