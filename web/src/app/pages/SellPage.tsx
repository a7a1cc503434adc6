import { Page, PageHead } from '@/components/Page';
import { SellTicket } from '@/features/tickets/SellTicket';
import { texts } from '@/lib/texts';
import { SignedIn } from './SignedIn';

export function SellPage() {
  return (
    <SignedIn>
      <Page title={texts.listing.sellTitle}>
        <PageHead title={texts.listing.sellTitle} lead={texts.listing.sellLead} />
        <SellTicket />
      </Page>
    </SignedIn>
  );
}
