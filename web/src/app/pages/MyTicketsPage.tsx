import { ButtonLink } from '@/components/Button';
import { Page, PageHead, Section } from '@/components/Page';
import { MyOrders, OrdersToPay } from '@/features/orders/MyOrders';
import { MyTickets } from '@/features/tickets/MyTickets';
import { Link } from '@/lib/router';
import { mineTexts } from '@/lib/mineTexts';
import { sellingTexts } from '@/lib/sellingTexts';
import { SignedIn } from './SignedIn';

export function MyTicketsPage() {
  return (
    <SignedIn>
      <Page title={mineTexts.mine.title}>
        <PageHead title={mineTexts.mine.title} lead={mineTexts.mine.lead} />
        <OrdersToPay />
        <Section title={mineTexts.mine.bought} beside={<Link to="/orders">{mineTexts.mine.allOrders}</Link>}>
          <MyOrders only="complete" />
        </Section>
        <Section title={mineTexts.mine.selling} beside={<ButtonLink to="/tickets/new">{sellingTexts.listing.sellTitle}</ButtonLink>}>
          <MyTickets />
        </Section>
      </Page>
    </SignedIn>
  );
}
