import { ButtonLink } from '@/components/Button';
import { Page, PageHead } from '@/components/Page';
import { MyTickets } from '@/features/tickets/MyTickets';
import { texts } from '@/lib/texts';
import { SignedIn } from './SignedIn';

export function MyTicketsPage() {
  return (
    <SignedIn>
      <Page title={texts.mine.title}>
        <PageHead title={texts.mine.title} lead={texts.mine.lead}>
          <ButtonLink look="primary" to="/tickets/new">
            {texts.listing.sellTitle}
          </ButtonLink>
        </PageHead>
        <MyTickets />
      </Page>
    </SignedIn>
  );
}
