import { NothingHere, Page } from '@/components/Page';
import { texts } from '@/lib/texts';

export function NotFoundPage() {
  return (
    <Page title={texts.notFound.title}>
      <NothingHere />
    </Page>
  );
}
