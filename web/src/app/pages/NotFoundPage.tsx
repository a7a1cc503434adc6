import { ButtonLink } from '@/components/Button';
import { Empty, Page } from '@/components/Page';
import { texts } from '@/lib/texts';

export function NotFoundPage() {
  return (
    <Page title={texts.notFound.title}>
      <Empty
        page
        title={texts.notFound.title}
        action={
          <ButtonLink look="primary" to="/">
            {texts.notFound.action}
          </ButtonLink>
        }
      >
        {texts.notFound.body}
      </Empty>
    </Page>
  );
}
