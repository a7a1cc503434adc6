// A plain link that signs out, as the course's client has it.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ButtonLink } from '@/components/Button';
import { Empty, Page } from '@/components/Page';
import { leave } from '@/features/accounts/api';
import { useCurrentUser } from '@/lib/session';
import { accountTexts } from '@/lib/accountTexts';
import { texts } from '@/lib/texts';

export function SignOutPage() {
  const client = useQueryClient();
  const user = useCurrentUser();
  const asked = useRef(false);
  useEffect(() => {
    if (user === undefined || asked.current) return;
    asked.current = true; // once: whoever signs in with another tab later stays
    if (user) leave(client).catch(() => undefined); // refused: it is somebody else by now
  }, [client, user]);
  if (user === undefined) return null;
  if (user) {
    return (
      <Page title={texts.nav.signOut}>
        <Empty page name={texts.nav.signOut} title={accountTexts.account.signingOut(user.email ?? user.id)} action={<ButtonLink to="/">{texts.notFound.action}</ButtonLink>} />
      </Page>
    );
  }
  return (
    <Page title={texts.nav.signOut}>
      <Empty page name={accountTexts.account.signedOut} title={accountTexts.account.signedOut} action={<ButtonLink to="/">{texts.notFound.action}</ButtonLink>}>
        {accountTexts.account.signedOutBody}
      </Empty>
    </Page>
  );
}
