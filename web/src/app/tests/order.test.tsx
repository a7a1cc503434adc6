import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.user = { id: 'ada', email: 'ada@example.com' };
});

test('paying with a card that works makes the ticket mine', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  await user.click(await screen.findByRole('button', { name: 'Pay $20.00' }));
  expect(await screen.findByText('It is yours')).toBeInTheDocument();
  expect(screen.getAllByText('Paid').length).toBeGreaterThan(0);
  expect(server.requests('POST /api/payments')[0]?.body).toEqual({ token: 'tok_visa', orderId: order.id });
});

test('a declined card says why and another one can be tried', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  await user.click(await screen.findByRole('radio', { name: /Refused/ }));
  await user.click(screen.getByRole('button', { name: 'Pay $20.00' }));
  expect(await screen.findByText(/Your card was declined/, { selector: '[role=alert] *' })).toBeInTheDocument();

  await user.click(screen.getByRole('radio', { name: /Visa/ }));
  await user.click(screen.getByRole('button', { name: 'Pay $20.00' }));
  expect(await screen.findByText('It is yours')).toBeInTheDocument();
  const keys = server.requests('POST /api/payments').map((request) => request.headers.get('Idempotency-Key'));
  expect(new Set(keys).size).toBe(2); // another card is another intent
});

test('every pretend card says what it does', async () => {
  const order = server.addOrder(server.addTicket());
  openPage(`/orders/${order.id}`, server);
  expect(await screen.findAllByRole('radio')).toHaveLength(7);
  expect(screen.getByRole('radio', { name: /Empty.*Not enough money/ })).toBeInTheDocument();
});

test('a page that is loaded in the middle of a payment waits for the outcome', async () => {
  const order = server.addOrder(server.addTicket(), { status: 'awaiting:payment', version: 1 });
  openPage(`/orders/${order.id}`, server);
  expect(await screen.findByText('Your card is being charged')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /^Pay/ })).not.toBeInTheDocument();
  server.settle(order, 'complete', 'paid');
  expect(await screen.findByText('It is yours')).toBeInTheDocument();
});

test('a decline that came while the page was away is told all the same', async () => {
  const order = server.addOrder(server.addTicket());
  server.settle(order, 'created', 'payment_declined', 'Your card has expired.');
  openPage(`/orders/${order.id}`, server);
  expect(await screen.findByText(/The bank says: Your card has expired\./)).toBeInTheDocument();
});

test.each([
  ['authentication_required', 'Your bank wants you to confirm this payment (3-D Secure).'],
  ['payment_unavailable', 'Payments cannot be taken at the moment.'],
])('%s is not told as a card that the bank declined', async (code, message) => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  server.failNext('POST /api/payments', { status: 402, body: { errors: [{ message, code }] } });
  await user.click(await screen.findByRole('button', { name: 'Pay $20.00' }));
  expect(await screen.findByText('It could not be paid')).toBeInTheDocument();
  expect(screen.getByText(message)).toBeInTheDocument();
  expect(screen.queryByText(/The bank says:/)).not.toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Pay $20.00' })).toBeEnabled();
});

test('a decline with a code of its own is a decline', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  server.failNext('POST /api/payments', { status: 402, body: { errors: [{ message: 'Your card has expired.', code: 'expired_card' }] } });
  await user.click(await screen.findByRole('button', { name: 'Pay $20.00' }));
  expect(await screen.findByText('The card was declined')).toBeInTheDocument();
  expect(screen.getByText(/The bank says: Your card has expired\./)).toBeInTheDocument();
});

test('letting it go', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  await user.click(await screen.findByRole('button', { name: 'Let it go' }));
  expect(await screen.findByText('You let it go')).toBeInTheDocument();
});

test('letting go what was declined in another window: looked at again, then let go', async () => {
  const order = server.addOrder(server.addTicket());
  const { user } = openPage(`/orders/${order.id}`, server);
  const letGo = await screen.findByRole('button', { name: 'Let it go' });
  server.orders[0] = { ...order, version: 2 };
  await user.click(letGo);
  expect(await screen.findByText('You let it go')).toBeInTheDocument();
  expect(server.requests('DELETE').map((request) => request.headers.get('If-Match'))).toEqual(['"0"', '"2"']);
});

test('an order that expires says so without a reload', async () => {
  const order = server.addOrder(server.addTicket());
  const { feed } = openPage(`/orders/${order.id}`, server);
  await screen.findByRole('timer');
  server.settle(order, 'cancelled', 'cancelled', 'expired');
  (await feed()).send({ seq: 3, subject: 'order:cancelled', data: { id: order.id, version: 1, ticket: { id: order.ticket.id } } });
  expect(await screen.findByText('Time ran out')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Look at the ticket again' })).toHaveAttribute('href', `/tickets/${order.ticket.id}`);
});

test('the countdown follows the server’s clock when this one is wrong', async () => {
  const order = server.addOrder(server.addTicket());
  const wrong_by_ms = 3_600_000;
  order.expiresAt = new Date(Date.now() + wrong_by_ms + 120_000).toISOString();
  order.expiresInMs = 120_000;
  openPage(`/orders/${order.id}`, server);
  expect(await screen.findByRole('timer')).toHaveTextContent(/^(2:00|1:5\d)$/);
});

test('an order that there is not', async () => {
  openPage('/orders/65a1f000b3d4e5f607180000', server);
  expect(await screen.findByRole('heading', { name: 'No such seat' })).toBeInTheDocument();
});

test('an order of somebody else, or a session that has ended, leads to sign-in and back', async () => {
  const order = server.addOrder(server.addTicket());
  server.failNext(`GET /api/orders/${order.id}`, { status: 401, body: { errors: [{ message: 'Not authorized' }] } });
  openPage(`/orders/${order.id}`, server);
  const link = await screen.findByRole('link', { name: 'Sign in with another account' });
  expect(link).toHaveAttribute('href', `/auth/signin?to=/orders/${order.id}`);
});

test('my orders are listed newest first, with their state', async () => {
  const first = server.addOrder(server.addTicket({ title: 'Opera' }));
  server.settle(first, 'complete', 'paid');
  server.addOrder(server.addTicket({ title: 'Ballet' }));
  openPage('/orders', server);
  await waitFor(() =>
    expect(screen.getAllByRole('heading', { level: 2 }).map((heading) => heading.textContent)).toEqual(['Ballet', 'Opera']),
  );
  expect(screen.getByText('Waiting for payment')).toBeInTheDocument();
});

test('without a session the page leads to sign-in', async () => {
  server.user = null;
  openPage('/orders', server);
  expect(await screen.findByLabelText('E-mail')).toBeInTheDocument();
  expect(window.location.search).toBe('?to=/orders');
});
