// A plain link that signs out, as the course's client has it.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ButtonLink } from '@/components/Button';
import { Empty, Page } from '@/components/Page';
import { leave } from '@/features/accounts/api';
import { useCurrentUser } from '@/lib/session';
import { texts } from '@/lib/texts';

export function SignOutPage() {
  const client = useQueryClient();
  const user = useCurrentUser();
  useEffect(() => {
    if (user) void leave(client);
  }, [client, user]);
  if (user !== null) return null;
  return (
    <Page title={texts.nav.signOut}>
      <Empty page title={texts.account.signedOut} action={<ButtonLink to="/">{texts.order.back}</ButtonLink>}>
        {texts.account.signedOutBody}
      </Empty>
    </Page>
  );
}
