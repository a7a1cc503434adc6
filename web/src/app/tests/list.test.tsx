import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { FakeFeed } from '@/testing/FakeFeed';
import { FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});

const titles = () => screen.queryAllByRole('heading', { level: 2 }).map((heading) => heading.textContent);
const paper = (title: string) => {
  const article = screen.getByRole('heading', { name: title }).closest('article');
  if (!article) throw new Error(`no ticket ${title}`);
  return article;
};

test('the first list is painted from the page itself, without a request', () => {
  const ticket = server.addTicket({ title: 'Opera' });
  openPage('/', server, { tickets: { rows: [ticket], next: null } });
  expect(titles()).toEqual(['Opera']);
  expect(server.seen).toEqual([]);
});

test('a page that was served without its state asks for everything', async () => {
  server.addTicket({ title: 'Opera' });
  openPage('/', server, null);
  expect(await screen.findByRole('heading', { name: 'Opera' })).toBeInTheDocument();
  expect(screen.getByText('$20.00')).toBeInTheDocument();
});

test('locks, sales, releases, price changes and new tickets appear by themselves', async () => {
  const ticket = server.addTicket({ title: 'Opera' });
  const { feed } = openPage('/', server, { tickets: { rows: [ticket], next: null } });
  const { orderId: _, ...data } = ticket;

  (await feed()).send({ seq: 1, subject: 'ticket:updated', data: { ...data, version: 1, orderId: 'o1' } });
  expect(await within(paper('Opera')).findByText('On hold')).toBeInTheDocument();

  (await feed()).send({ seq: 2, subject: 'ticket:updated', data: { ...data, version: 2, price: 25 } });
  expect(await within(paper('Opera')).findByText('$25.00')).toBeInTheDocument();
  expect(within(paper('Opera')).queryByText('On hold')).not.toBeInTheDocument();

  (await feed()).send({ seq: 3, subject: 'ticket:updated', data: { ...data, version: 3, orderId: 'o2' } });
  (await feed()).send({ seq: 4, subject: 'ticket:updated', data: { ...data, version: 4, orderId: 'o2' } });
  expect(await within(paper('Opera')).findByText('Sold')).toBeInTheDocument();

  const later = server.addTicket({ title: 'Ballet' });
  (await feed()).send({ seq: 5, subject: 'ticket:created', data: later });
  await waitFor(() => expect(titles()).toEqual(['Ballet', 'Opera']));
});

test('after the line was away the list is asked for again when nothing can be replayed', async () => {
  const { feed } = openPage('/', server, { tickets: { rows: [], next: null } });
  (await feed()).open();
  await waitFor(() => expect(server.requests('GET /api/tickets').length).toBeGreaterThan(0));
});

test('the feed resumes behind the last event that it saw', async () => {
  const ticket = server.addTicket();
  const { feed } = openPage('/', server, { tickets: { rows: [ticket], next: null } });
  (await feed()).open();
  (await feed()).send({ seq: 41, subject: 'ticket:created', data: ticket });
  (await feed()).fail();
  await waitFor(() => expect(FakeFeed.opened.at(-1)?.url).toBe('/api/events?after=41'));
});

test('searching asks the server and is in the address', async () => {
  server.addTicket({ title: 'Opera' });
  server.addTicket({ title: 'Football' });
  const { user } = openPage('/', server);
  await screen.findByRole('heading', { name: 'Opera' });
  await user.type(screen.getByRole('searchbox'), 'foot');
  await waitFor(() => expect(titles()).toEqual(['Football']));
  expect(window.location.search).toBe('?q=foot');

  await user.clear(screen.getByRole('searchbox'));
  await user.type(screen.getByRole('searchbox'), 'zzz');
  await user.click(await screen.findByRole('button', { name: 'Show all tickets' }));
  await waitFor(() => expect(titles()).toEqual(['Football', 'Opera']));
});

test('sorting by price', async () => {
  server.addTicket({ title: 'Dear', price: 90 });
  server.addTicket({ title: 'Cheap', price: 5 });
  const { user } = openPage('/?sort=-price', server);
  await waitFor(() => expect(titles()).toEqual(['Dear', 'Cheap']));
  await user.click(screen.getByRole('radio', { name: 'Cheapest first' }));
  await waitFor(() => expect(titles()).toEqual(['Cheap', 'Dear']));
});

test('the list goes on where the cursor leads', async () => {
  for (let i = 0; i < 30; ++i) server.addTicket({ title: `Show ${i}` });
  const { user } = openPage('/', server);
  await waitFor(() => expect(titles()).toHaveLength(24));
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(titles()).toHaveLength(30));
  expect(screen.getByText('That is all there is.')).toBeInTheDocument();
});

test('an empty shop says so and offers to sell', async () => {
  openPage('/', server);
  expect(await screen.findByText('Nothing is for sale')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Sell a ticket' })).toHaveAttribute('href', '/tickets/new');
});

test('a server that is busy is asked again until it answers', async () => {
  server.addTicket({ title: 'Opera' });
  server.failNext('GET /api/tickets', { status: 503, body: { errors: [{ message: 'busy' }] } });
  server.failNext('GET /api/tickets', 'unreachable');
  openPage('/', server);
  expect(await screen.findByText(/We’ll keep trying/)).toBeInTheDocument();
  expect(await screen.findByRole('heading', { name: 'Opera' })).toBeInTheDocument();
});

test('an unknown address says so', () => {
  openPage('/nowhere/at/all', server);
  expect(screen.getByText('No such seat')).toBeInTheDocument();
});
