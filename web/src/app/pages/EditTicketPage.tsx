import { Page, PageHead } from '@/components/Page';
import { EditTicket } from '@/features/tickets/EditTicket';
import { texts } from '@/lib/texts';
import { SignedIn } from './SignedIn';

export function EditTicketPage({ id }: { id: string }) {
  return (
    <SignedIn>
      <Page title={texts.listing.editTitle}>
        <PageHead title={texts.listing.editTitle} />
        <EditTicket id={id} />
      </Page>
    </SignedIn>
  );
}
