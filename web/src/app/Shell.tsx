// The frame of every page: brand, places, who is signed in, house lights, and how the line is.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, ButtonLink } from '@/components/Button';
import { leave } from '@/features/accounts/api';
import { onAnnounce } from '@/lib/announce';
import { useLiveState } from '@/lib/liveState';
import { Link, navigate, useLocation } from '@/lib/router';
import { useConfig, useCurrentUser } from '@/lib/session';
import { texts } from '@/lib/texts';
import { BrandMark, LightsIcon, OrdersIcon, SellingIcon, SignInIcon, TicketIcon } from './Icons';
import css from './Shell.module.css';
import { useTheme } from './theme';
import { useFocusKept, useFocusOnNavigation } from './useFocus';

export function Shell({ notice, children }: { notice: ReactNode; children: ReactNode }) {
  const { path } = useLocation();
  useFocusOnNavigation(path);
  useFocusKept();
  return (
    <div className={css.shell}>
      <div>
        <a className={css.skip} href="#content">
          {texts.nav.skip}
        </a>
        <header className={css.header}>
          <div className={`${css.inner} ${css.top}`}>
            <Link to="/" className={css.brand} aria-label={texts.nav.home}>
              <BrandMark />
              {texts.brand}
            </Link>
            <Places path={path} />
            <Account />
          </div>
        </header>
        <LineBanner />
        <Announcer />
      </div>
      <main id="content" tabIndex={-1} className={`${css.inner} ${css.main}`}>
        {notice}
        {children}
      </main>
      <Footer />
    </div>
  );
}

function Places({ path }: { path: string }) {
  const user = useCurrentUser();
  const places = [
    { to: '/', name: texts.nav.tickets, icon: <TicketIcon /> },
    { to: '/tickets/new', name: texts.nav.sell, icon: <SellingIcon /> },
    ...(user
      ? [
          { to: '/my-tickets', name: texts.nav.mine, icon: <OrdersIcon /> },
        ]
      : [{ to: '/auth/signin', name: texts.nav.signIn, icon: <SignInIcon /> }]),
  ];
  return (
    <nav className={css.nav} aria-label={texts.nav.label}>
      {places.map(({ to, name, icon }) => (
        <Link key={to} to={to} aria-current={path === to ? 'page' : undefined}>
          {icon}
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Account() {
  const user = useCurrentUser();
  const client = useQueryClient();
  const signOut = useMutation({ mutationFn: () => leave(client), onSuccess: () => navigate('/') });
  const [theme, toggle] = useTheme();
  return (
    <div className={css.account}>
      <button
        type="button"
        className={css.icon}
        onClick={toggle}
        aria-label={theme === 'dark' ? texts.nav.lightsOn : texts.nav.lightsOff}
        title={texts.nav.lights}
      >
        <LightsIcon on={theme === 'light'} />
      </button>
      {user && (
        <>
          <span className={css.email} title={texts.nav.signedInAs(user.email ?? user.id)} dir="auto">
            {user.email}
          </span>
          <Button busy={signOut.isPending} onClick={() => signOut.mutate()}>
            {texts.nav.signOut}
          </Button>
        </>
      )}
      {user === null && (
        <span className={css.wideOnly}>
          <ButtonLink look="primary" to="/auth/signup">
            {texts.nav.signUp}
          </ButtonLink>
        </span>
      )}
    </div>
  );
}

const patience_ms = { offline: 1_200, connecting: 8_000 }; // a blink of the line is nobody's concern, and beginning takes time
const good_news_ms = 2_500;

function LineBanner() {
  const live = useLiveState();
  const [shown, setShown] = useState<'none' | 'away' | 'back'>('none');
  const wasAway = useRef(false);
  useEffect(() => {
    if (live === 'live') {
      if (!wasAway.current) return;
      wasAway.current = false;
      setShown('back');
      const timer = setTimeout(() => setShown('none'), good_news_ms);
      return () => clearTimeout(timer);
    }
    if (wasAway.current) {
      setShown('away');
      return;
    }
    const timer = setTimeout(() => {
      wasAway.current = true;
      setShown('away');
    }, patience_ms[live]);
    return () => clearTimeout(timer);
  }, [live]);

  const text = {
    none: '',
    away: navigator.onLine ? texts.live.reconnecting : texts.live.offline,
    back: texts.live.back,
  }[shown];
  return (
    <div className={css.banner} data-tone={shown === 'back' ? 'good' : 'plain'} role="status">
      {text && (
        <div className={css.inner}>
          <p>
            <span className={css.pulse} aria-hidden="true" />
            {text}
          </p>
        </div>
      )}
    </div>
  );
}

/** The one live region that is always there (lib/announce.ts). */
function Announcer() {
  const [said, setSaid] = useState({ text: '', times: 0 });
  useEffect(() => onAnnounce((text) => setSaid(({ times }) => ({ text, times: times + 1 }))), []);
  return (
    <p className="visually-hidden" role="status">
      {said.text}
      {said.times % 2 ? '\u00a0' : ''}
    </p>
  );
}

function Footer() {
  const { gateway } = useConfig();
  return (
    <footer className={css.footer}>
      <div className={css.inner}>
        <p>{texts.nav.footer}</p>
        {gateway === 'sandbox' && <p>{texts.nav.sandbox}</p>}
        <p>
          <Link to="/operator">{texts.nav.operator}</Link>
        </p>
      </div>
    </footer>
  );
}
