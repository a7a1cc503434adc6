// Opens the whole page at an address, as a browser would, against a fake server.
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '@/app/App';
import { createQueryClient } from '@/app/boot';
import type { InitialState } from '@/lib/schema';
import { FakeFeed } from './FakeFeed';
import { config, type FakeServer } from './fakeServer';

export function openPage(path: string, server: FakeServer, initial: Partial<InitialState> | null = {}) {
  window.history.replaceState(null, '', path);
  const state: InitialState | null = initial && {
    currentUser: server.user,
    tickets: null,
    config,
    serverTime: new Date().toISOString(),
    ...initial,
  };
  const user = userEvent.setup();
  const view = render(<App client={createQueryClient(state)} />);
  return { user, feed: () => FakeFeed.current(), ...view };
}
