// Which page an address shows.
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { LiveContext } from '@/lib/liveState';
import { match, useLocation } from '@/lib/router';
import { CrashBoundary } from './CrashBoundary';
import { ListPage } from './pages/ListPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { patiently } from './patiently';
import { SessionNotice } from './SessionNotice';
import { Shell } from './Shell';
import { useLiveFeed } from './useLiveFeed';
import { useWhoIsHere } from './useWhoIsHere';

// What the list does not need comes later: tickets, orders, selling and accounts when the browser is
// idle, the operator's charts when somebody goes there.
const ticket = () => patiently(() => import('./pages/TicketPage'));
const selling = () => patiently(() => import('./pages/selling'));
const ordering = () => patiently(() => import('./pages/ordering'));
const mine = () => patiently(() => import('./pages/mine'));
const account = () => patiently(() => import('./pages/account'));
const TicketPage = lazy(async () => ({ default: (await ticket()).TicketPage }));
const SellPage = lazy(async () => ({ default: (await selling()).SellPage }));
const EditTicketPage = lazy(async () => ({ default: (await selling()).EditTicketPage }));
const MyTicketsPage = lazy(async () => ({ default: (await mine()).MyTicketsPage }));
const AccountPage = lazy(async () => ({ default: (await account()).AccountPage }));
const SignOutPage = lazy(async () => ({ default: (await account()).SignOutPage }));
const OrderPage = lazy(async () => ({ default: (await ordering()).OrderPage }));
const MyOrdersPage = lazy(async () => ({ default: (await mine()).MyOrdersPage }));
const OperatorPage = lazy(() => patiently(() => import('./pages/OperatorPage')));

const routes: [pattern: string, page: (params: Record<string, string>) => ReactNode][] = [
  ['/', () => <ListPage />],
  ['/tickets/new', () => <SellPage />],
  ['/tickets/:id', ({ id = '' }) => <TicketPage key={id} id={id} />],
  ['/tickets/:id/edit', ({ id = '' }) => <EditTicketPage key={id} id={id} />],
  ['/my-tickets', () => <MyTicketsPage />],
  ['/selling', () => <MyTicketsPage />],
  ['/orders', () => <MyOrdersPage />],
  ['/orders/:id', ({ id = '' }) => <OrderPage key={id} id={id} />],
  ['/auth/signin', () => <AccountPage key="signin" mode="signin" />],
  ['/auth/signup', () => <AccountPage key="signup" mode="signup" />],
  ['/auth/signout', () => <SignOutPage />],
  ['/operator', () => <OperatorPage />],
];

function pageFor(path: string): ReactNode {
  for (const [pattern, page] of routes) {
    const params = match(pattern, path);
    if (params) return page(params);
  }
  return <NotFoundPage />;
}

export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <CrashBoundary>
        <Suspense fallback={null}>
          <Frame />
        </Suspense>
      </CrashBoundary>
    </QueryClientProvider>
  );
}

function usePagesWhenIdle() {
  useEffect(() => {
    const fetchPages = () => void Promise.allSettled([ticket(), ordering(), account(), selling(), mine()]);
    if (typeof requestIdleCallback === 'undefined') {
      const timer = setTimeout(fetchPages, 1_000);
      return () => clearTimeout(timer);
    }
    const handle = requestIdleCallback(fetchPages, { timeout: 3_000 });
    return () => cancelIdleCallback(handle);
  }, []);
}

function Frame() {
  const { turn, elsewhere } = useWhoIsHere();
  const live = useLiveFeed();
  usePagesWhenIdle();
  const { path } = useLocation();
  return (
    <LiveContext value={live}>
      <Shell notice={<SessionNotice key={`${turn} ${elsewhere === undefined} ${elsewhere?.id}`} who={elsewhere} />}>
        <CrashBoundary key={`${turn} ${path}`}>
          <Suspense fallback={null}>{pageFor(path)}</Suspense>
        </CrashBoundary>
      </Shell>
    </LiveContext>
  );
}
