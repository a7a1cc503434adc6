// One session, many tabs: what this one does when another has changed it.
import { act, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { FakeFeed } from '@/testing/FakeFeed';
import { FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.user = { id: 'ada', email: 'ada@example.com' };
});

const live = () => document.querySelector('p[role=status].visually-hidden')?.textContent;
const anotherTab = () => {
  const channel = new BroadcastChannel('usher:session');
  channel.postMessage(null);
  return channel;
};

test('another tab signs out: this one says so, in words and aloud', async () => {
  const ticket = server.addTicket({ title: 'Opera' });
  openPage(`/tickets/${ticket.id}`, server);
  await screen.findByRole('button', { name: /^Buy/ });
  server.user = null;
  const channel = anotherTab();
  expect(await screen.findByRole('link', { name: 'Sign in to buy' })).toBeInTheDocument();
  expect(screen.getByText('You have been signed out')).toBeInTheDocument();
  await waitFor(() => expect(live()).toContain('The account has changed'));
  expect(screen.queryByRole('button', { name: 'Sign out' })).not.toBeInTheDocument();
  channel.close();
});

test('coming back to the window looks who it is, and so does a stream that is refused', async () => {
  openPage('/', server, { tickets: { rows: [], next: null } });
  expect(screen.getByTitle('Signed in as ada@example.com')).toBeInTheDocument();
  server.user = { id: 'bela', email: 'bela@example.com' };
  act(() => void window.dispatchEvent(new Event('focus')));
  expect(await screen.findByTitle('Signed in as bela@example.com')).toBeInTheDocument();
  await waitFor(() => expect(FakeFeed.opened.at(-1)?.headers.get('Usher-Acts-For')).toBe('bela'));
  server.user = null;
  (await FakeFeed.current()).refuse(401);
  expect(await screen.findByRole('link', { name: 'Sign up' })).toBeInTheDocument();
});

test('what is asked for says in whose name; what is public does not', async () => {
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  await user.click(await screen.findByRole('button', { name: /^Buy/ }));
  await screen.findByRole('timer');
  const names = (match: string) => server.requests(match).map((request) => request.headers.get('Usher-Acts-For'));
  expect(names('POST /api/orders')).toEqual(['ada']);
  await waitFor(() => expect(names('GET /api/orders/').length).toBeGreaterThan(0));
  expect(new Set(names('GET /api/orders/'))).toEqual(new Set(['ada']));
  expect(new Set(names(`GET /api/tickets/${ticket.id}`))).toEqual(new Set([null]));
});

test('a purchase in the name of somebody who has left is refused, and the page knows why', async () => {
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  const buy = await screen.findByRole('button', { name: /^Buy/ });
  server.user = { id: 'bela', email: 'bela@example.com' };
  await user.click(buy);
  expect(await screen.findByTitle('Signed in as bela@example.com')).toBeInTheDocument();
  expect(server.orders).toEqual([]);
  expect(screen.queryByText('Not authorized')).not.toBeInTheDocument();
});

test('a try that follows another is made in the same name', async () => {
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  server.failNext('POST /api/orders', { status: 503, body: { errors: [{ message: 'busy' }] } });
  await user.click(await screen.findByRole('button', { name: /^Buy/ }));
  server.user = { id: 'bela', email: 'bela@example.com' };
  const channel = anotherTab();
  await screen.findByTitle('Signed in as bela@example.com');
  await waitFor(() => expect(server.requests('POST /api/orders').length).toBe(2));
  expect(server.requests('POST /api/orders').map((request) => request.headers.get('Usher-Acts-For'))).toEqual(['ada', 'ada']);
  expect(server.orders).toEqual([]);
  channel.close();
});

test('signing in says nothing of whoever the page showed before', async () => {
  server.user = null;
  const { user } = openPage('/auth/signin', server);
  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'secret');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByTitle('Signed in as ada@example.com')).toBeInTheDocument();
  expect(server.requests('POST /api/users')[0]?.headers.get('Usher-Acts-For')).toBeNull();
  expect(screen.queryByText(/You are now signed in/)).not.toBeInTheDocument();
});

test('another history on the node: the page starts over', async () => {
  const ticket = server.addTicket({ title: 'Before the Backup', version: 7 });
  const { feed } = openPage('/', server, { tickets: { rows: [ticket], next: null } });
  (await feed()).send({ seq: 41, subject: 'ticket:updated', data: { ...ticket, version: 9, title: 'Never Was' } });
  await screen.findByRole('heading', { name: 'Never Was' });
  server.tickets = [{ ...ticket, version: 3, title: 'As it was' }, { ...ticket, id: ticket.id.replace(/^6/, '5'), title: 'Restored' }];
  (await feed()).write('event: reset\ndata: {}\n\n');
  expect(await screen.findByRole('heading', { name: 'As it was' })).toBeInTheDocument();
  expect(screen.getByRole('heading', { name: 'Restored' })).toBeInTheDocument();
  expect(screen.queryByRole('heading', { name: 'Never Was' })).not.toBeInTheDocument();
  // And its events count from there.
  (await feed()).send({ seq: 2, subject: 'ticket:updated', data: { ...ticket, version: 4, title: 'Changed since' } });
  expect(await screen.findByRole('heading', { name: 'Changed since' })).toBeInTheDocument();
});
