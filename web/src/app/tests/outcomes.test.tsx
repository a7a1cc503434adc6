// After a command: where the keyboard is, what is said, and that nothing is claimed that is not so.
import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.user = { id: 'ada', email: 'ada@example.com' };
});

const live = () => document.querySelector('p[role=status].visually-hidden')?.textContent ?? '';

test('after paying the focus is on what came of it, and it is announced', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  await user.click(await screen.findByRole('button', { name: 'Pay $20.00' }));
  const notice = (await screen.findByText('It is yours')).parentElement;
  await waitFor(() => expect(notice).toHaveFocus());
  await waitFor(() => expect(live()).toContain('Payment received'));
});

test('after a decline the focus is on why, and the next try starts there', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  await user.click(await screen.findByRole('radio', { name: /Refused/ }));
  await user.click(screen.getByRole('button', { name: 'Pay $20.00' }));
  const notice = (await screen.findByText('The card was declined')).parentElement;
  await waitFor(() => expect(notice).toHaveFocus());
  expect(notice).toHaveAttribute('role', 'alert');
  await user.tab();
  expect(screen.getByRole('radio', { name: /Refused/ })).toHaveFocus();
});

test('what expires under one’s eyes is announced, and does not take the focus from where one is', async () => {
  const order = server.addOrder(server.addTicket());
  const { feed } = openPage(`/orders/${order.id}`, server);
  await screen.findByRole('timer');
  const brand = screen.getByRole('link', { name: /Usher/ });
  brand.focus();
  server.settle(order, 'cancelled', 'cancelled', 'expired');
  (await feed()).send({ seq: 3, subject: 'order:cancelled', data: { id: order.id, version: 1, ticket: { id: order.ticket.id } } });
  await waitFor(() => expect(live()).toContain('The order has expired'));
  expect(brand).toHaveFocus();
});

test('a button that vanishes with what it did leaves the focus on the heading', async () => {
  const { user } = openPage('/?q=zzz', server);
  await user.click(await screen.findByRole('button', { name: 'Show all tickets' }));
  await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());
});

test('a page with nothing but a notice has a heading that takes the focus', async () => {
  const { user } = openPage('/', server, { tickets: { rows: [], next: null } });
  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());
});

test('without a line nothing is said to be happening', async () => {
  const ticket = server.addTicket();
  const { user, feed } = openPage(`/tickets/${ticket.id}`, server);
  const buy = await screen.findByRole('button', { name: /^Buy/ });
  (await feed()).fail();
  server.failNext('POST /api/orders', 'never');
  await user.click(buy);
  expect(await screen.findByRole('button', { name: 'Waiting for the connection' })).toBeInTheDocument();
  expect(screen.queryByText('Reserving it')).not.toBeInTheDocument();
});

test('a payment without a line is not called a charge', async () => {
  const order = server.addOrder(server.addTicket());
  const { user, feed } = openPage(`/orders/${order.id}`, server);
  const pay = await screen.findByRole('button', { name: 'Pay $20.00' });
  (await feed()).fail();
  server.failNext('POST /api/payments', 'never');
  await user.click(pay);
  expect(await screen.findByRole('heading', { name: 'Waiting for the connection' })).toBeInTheDocument();
  expect(screen.queryByText('Your card is being charged')).not.toBeInTheDocument();
});

test('a refusal that has a code of its own is told in its own words', async () => {
  const ticket = server.addTicket();
  const message = 'You hold 10 tickets that are not paid yet';
  server.failNext('POST /api/orders', { status: 400, body: { errors: [{ message, code: 'too_many_reservations' }] } });
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  await user.click(await screen.findByRole('button', { name: /^Buy/ }));
  expect(await screen.findByText(message)).toBeInTheDocument();
  expect(screen.queryByText('Someone else got it first')).not.toBeInTheDocument();
});

test('a code is believed before a status, a status where there is no code', async () => {
  const ticket = server.addTicket();
  const { user } = openPage(`/tickets/${ticket.id}`, server);
  const buy = await screen.findByRole('button', { name: /^Buy/ });
  server.change(ticket, { orderId: 'theirs' }, 'reserved');
  server.failNext('POST /api/orders', { status: 400, body: { errors: [{ message: 'Taken', code: 'ticket_reserved' }] } });
  await user.click(buy);
  expect(await screen.findByText('Someone else got it first')).toBeInTheDocument();
});

test('my tickets: what I bought and what I sell stand apart', async () => {
  const paid = server.addOrder(server.addTicket({ title: 'Bought One' }));
  server.settle(paid, 'complete', 'paid');
  const gone = server.addOrder(server.addTicket({ title: 'Let Go' }));
  server.settle(gone, 'cancelled', 'cancelled', 'by_buyer');
  server.addOrder(server.addTicket({ title: 'Unpaid One' }));
  server.addTicket({ title: 'Sold by Me', userId: 'ada' });
  const { user } = openPage('/', server, { tickets: { rows: [], next: null } });
  await user.click(screen.getByRole('link', { name: 'My tickets' }));
  await screen.findByRole('heading', { name: 'Bought One' });
  await screen.findByRole('heading', { name: 'Sold by Me' });
  const section = (name: string) => screen.getByRole('region', { name });
  const titles = (name: string) => [...section(name).querySelectorAll('article h2')].map((heading) => heading.textContent);
  expect(titles('Waiting for payment')).toEqual(['Unpaid One']);
  expect(titles('Bought')).toEqual(['Bought One']);
  expect(titles('Selling')).toEqual(['Sold by Me']);
});
