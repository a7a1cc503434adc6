import { Page, PageHead } from '@/components/Page';
import { SellTicket } from '@/features/tickets/SellTicket';
import { sellingTexts } from '@/lib/sellingTexts';
import { SignedIn } from './SignedIn';

export function SellPage() {
  return (
    <SignedIn>
      <Page title={sellingTexts.listing.sellTitle}>
        <PageHead title={sellingTexts.listing.sellTitle} lead={sellingTexts.listing.sellLead} />
        <SellTicket />
      </Page>
    </SignedIn>
  );
}
