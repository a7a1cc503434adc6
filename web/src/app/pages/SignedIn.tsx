// Pages for somebody: whoever is not signed in is sent to do so, and comes back.
import type { ReactNode } from 'react';
import { Redirect, useLocation } from '@/lib/router';
import { useCurrentUser } from '@/lib/session';

export function SignedIn({ children }: { children: ReactNode }) {
  const user = useCurrentUser();
  const { path } = useLocation();
  if (user === undefined) return null;
  if (user === null) return <Redirect to={`/auth/signin?to=${path}`} />;
  return children;
}
