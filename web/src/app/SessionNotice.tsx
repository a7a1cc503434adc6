// Says that another tab changed who is signed in. It stays until the person goes somewhere else;
// being sent to the sign-in is not that.
import { useEffect, useState } from 'react';
import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { announce } from '@/lib/announce';
import { useLocation } from '@/lib/router';
import type { CurrentUser } from '@/lib/schema';
import { texts } from '@/lib/texts';

export function SessionNotice({ who }: { who: CurrentUser | null | undefined }) {
  const { path } = useLocation();
  const isSignIn = path.startsWith('/auth/');
  const [at, setAt] = useState(path);
  const [over, setOver] = useState(false);
  if (at !== path) {
    setAt(path);
    if (!isSignIn || who) setOver(true);
  }
  const title = over || who === undefined ? null : who ? texts.session.nowAs(who.email ?? who.id) : texts.session.signedOut;
  useEffect(() => {
    if (title) announce(texts.session.spoken); // the notice has the rest
  }, [title]);
  if (title === null) return null;
  const signIn = !who && !isSignIn && <ButtonLink to={`/auth/signin?to=${path}`}>{texts.nav.signIn}</ButtonLink>;
  return (
    <Notice tone="wait" title={title} actions={signIn}>
      {who ? texts.session.nowAsBody : texts.session.signedOutBody}
    </Notice>
  );
}
