import { Page, PageHead } from '@/components/Page';
import { EditTicket } from '@/features/tickets/EditTicket';
import { sellingTexts } from '@/lib/sellingTexts';
import { SignedIn } from './SignedIn';

export function EditTicketPage({ id }: { id: string }) {
  return (
    <SignedIn>
      <Page title={sellingTexts.listing.editTitle}>
        <PageHead title={sellingTexts.listing.editTitle} />
        <EditTicket id={id} />
      </Page>
    </SignedIn>
  );
}
