import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.user = { id: 'ada', email: 'ada@example.com' };
});

test('buying leads to the order, with the time that is left', async () => {
  const ticket = server.addTicket({ title: 'Opera', price: 19.99 });
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  await user.click(await screen.findByRole('button', { name: 'Buy for $19.99' }));
  expect(await screen.findByRole('timer')).toHaveTextContent(/^1[45]:\d\d$/);
  expect(window.location.pathname).toBe(`/orders/${server.orders[0]?.id}`);
});

test('a double click is one order', async () => {
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  await user.dblClick(await screen.findByRole('button', { name: /^Buy/ }));
  await screen.findByRole('timer');
  const keys = server.requests('POST /api/orders').map((request) => request.headers.get('Idempotency-Key'));
  expect(new Set(keys).size).toBe(1);
  expect(server.orders).toHaveLength(1);
});

test('an answer that was lost is asked for again under the same key: one order', async () => {
  const ticket = server.addTicket();
  server.failNext('POST /api/orders', 'lost');
  server.failNext('POST /api/orders', { status: 503, body: { errors: [{ message: 'busy' }] } });
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  await user.click(await screen.findByRole('button', { name: /^Buy/ }));
  expect(await screen.findByRole('timer')).toBeInTheDocument();
  const keys = server.requests('POST /api/orders').map((request) => request.headers.get('Idempotency-Key'));
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(server.orders).toHaveLength(1);
});

test('the second buyer is told that someone else got it first', async () => {
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  const button = await screen.findByRole('button', { name: /^Buy/ });
  server.change(ticket, { orderId: 'theirs' }, 'reserved');
  await user.click(button);
  expect(await screen.findByText('Someone else got it first')).toBeInTheDocument();
  expect(await screen.findByText(/It may be available again at/)).toBeInTheDocument();
});

test('a held ticket comes free before the eyes of the person who waits for it', async () => {
  const ticket = server.addTicket();
  server.change(ticket, { orderId: 'theirs' }, 'reserved');
  const { feed } = openPage(`/tickets/${ticket.id}`, server);
  expect(await screen.findByText(/in 15 minutes/)).toBeInTheDocument();
  delete ticket.orderId;
  server.change(ticket, {}, 'released');
  (await feed()).send({ seq: 9, subject: 'ticket:updated', data: { ...ticket } });
  expect(await screen.findByRole('button', { name: /^Buy/ })).toBeInTheDocument();
});

test('the paper trail tells what happened, by version', async () => {
  const ticket = server.addTicket({ price: 20 });
  server.change(ticket, { price: 15 }, 'edited');
  server.change(ticket, { orderId: 'theirs' }, 'reserved');
  server.change(ticket, {}, 'sold');
  openPage(`/tickets/${ticket.id}`, server);
  const trail = await screen.findByRole('region', { name: 'Paper trail' });
  await waitFor(() =>
    expect(within(trail).getAllByRole('listitem').map((item) => item.children[1]?.textContent)).toEqual([
      'Listed for $20.00',
      'Price $20.00 → $15.00',
      'On hold for a buyer',
      'Sold',
    ]),
  );
  expect(await screen.findByText('This ticket is sold')).toBeInTheDocument();
});

test('my own ticket offers a change instead of a purchase', async () => {
  const ticket = server.addTicket({ userId: 'ada' });
  openPage(`/tickets/${ticket.id}`, server);
  expect(await screen.findByRole('link', { name: 'Change title or price' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /^Buy/ })).not.toBeInTheDocument();
});

test('who is not signed in is led to it and back', async () => {
  server.user = null;
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  await user.click(await screen.findByRole('link', { name: 'Sign in to buy' }));
  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'secret');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('button', { name: /^Buy/ })).toBeInTheDocument();
  expect(window.location.pathname).toBe(`/tickets/${ticket.id}`);
});
