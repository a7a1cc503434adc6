import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { config, FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
  server.user = { id: 'ada', email: 'ada@example.com' };
});

test('what is wrong stands at its field, and the first one has the focus', async () => {
  const { user } = openPage('/tickets/new', server);
  await user.click(await screen.findByRole('button', { name: 'List it for sale' }));
  expect(await screen.findByText('Title is required')).toBeInTheDocument();
  expect(screen.getByLabelText('What is it for?')).toBeInvalid();
  expect(screen.getByLabelText('What is it for?')).toHaveFocus();
  expect(screen.getByLabelText('Price')).toHaveAccessibleDescription(/Price must be greater than 0/);
});

test('listing a ticket: the price gets two decimals and its page opens', async () => {
  const { user } = openPage('/tickets/new', server);
  await user.type(await screen.findByLabelText('What is it for?'), 'Opera, row 3');
  await user.type(screen.getByLabelText('Price'), '12,5');
  await user.click(screen.getByRole('button', { name: 'List it for sale' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Opera, row 3' })).toBeInTheDocument();
  expect(server.requests('POST /api/tickets')[0]?.body).toEqual({ title: 'Opera, row 3', price: '12.50' });
});

test('a change is based on the version that was seen', async () => {
  const ticket = server.addTicket({ userId: 'ada', title: 'Opera' });
  const { user } = openPage(`/tickets/${ticket.id}/edit`, server);
  const price = await screen.findByLabelText('Price');
  await user.clear(price);
  await user.type(price, '15');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(window.location.pathname).toBe(`/tickets/${ticket.id}`));
  expect(server.requests('PUT')[0]?.headers.get('If-Match')).toBe('"0"');
  expect(ticket.price).toBe(15);
});

async function staleEdit() {
  const ticket = server.addTicket({ userId: 'ada', title: 'Opera', price: 20 });
  const page = openPage(`/tickets/${ticket.id}/edit`, server);
  const price = await screen.findByLabelText('Price');
  await page.user.clear(price);
  await page.user.type(price, '15');
  const index = server.tickets.indexOf(ticket);
  const theirs = { ...ticket, price: 30, version: 1 };
  server.tickets[index] = theirs; // changed in another window
  await page.user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('It was changed elsewhere')).toBeInTheDocument();
  return { ...page, theirs };
}

test('a stale change writes nothing, shows the other one, and mine can go over it', async () => {
  const { user, theirs } = await staleEdit();
  expect(theirs.price).toBe(30);
  expect(screen.getByRole('row', { name: /When you started.*\$20\.00/ })).toBeInTheDocument();
  expect(screen.getByRole('row', { name: /Now.*\$30\.00/ })).toBeInTheDocument();
  expect(screen.getByRole('row', { name: /Yours.*\$15\.00/ })).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Save mine instead' }));
  await waitFor(() => expect(theirs.price).toBe(15));
  expect(server.requests('PUT').map((request) => request.headers.get('If-Match'))).toEqual(['"0"', '"1"']);
});

test('a stale change can be given up for what the ticket says now', async () => {
  const { user, theirs } = await staleEdit();
  await user.click(screen.getByRole('button', { name: 'Keep what it says now' }));
  expect(screen.getByLabelText('Price')).toHaveValue('30.00');
  expect(screen.queryByText('It was changed elsewhere')).not.toBeInTheDocument();
  expect(theirs.price).toBe(30);
});

test('a change whose answer was lost is not mistaken for somebody else’s', async () => {
  const ticket = server.addTicket({ userId: 'ada', title: 'Opera', price: 20 });
  const { user } = openPage(`/tickets/${ticket.id}/edit`, server);
  const price = await screen.findByLabelText('Price');
  await user.clear(price);
  await user.type(price, '15');
  server.failNext('PUT', 'lost');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(window.location.pathname).toBe(`/tickets/${ticket.id}`));
  expect(ticket).toMatchObject({ price: 15, version: 1 });
});

test('a held ticket cannot be changed, and says so', async () => {
  const ticket = server.addTicket({ userId: 'ada' });
  server.change(ticket, { orderId: 'theirs' }, 'reserved');
  openPage(`/tickets/${ticket.id}/edit`, server);
  expect(await screen.findByText('It is on hold or sold')).toBeInTheDocument();
});

test('my tickets show what is for sale, on hold and sold', async () => {
  server.addTicket({ userId: 'ada', title: 'Open' });
  server.change(server.addTicket({ userId: 'ada', title: 'Held' }), { orderId: 'a' }, 'reserved');
  const sold = server.addTicket({ userId: 'ada', title: 'Gone' });
  server.change(sold, { orderId: 'b' }, 'reserved');
  server.change(sold, {}, 'sold');
  openPage('/selling', server);
  await waitFor(() =>
    expect(screen.getAllByRole('listitem').map((item) => item.textContent).filter((text) => /For sale|On hold|Sold on/.test(text ?? ''))).toHaveLength(3),
  );
  expect(screen.getAllByRole('link', { name: 'Change' })).toHaveLength(1);
});

describe.each([
  { currency: 'jpy', currencyDecimals: 0, priceMin: 50, priceMax: 99_999_999, priceStep: 1, hint: 'From ¥50 to ¥99,999,999, in whole numbers.', typed: '1,000', sent: '1000' },
  { currency: 'usd', currencyDecimals: 2, priceMin: 0.5, priceMax: 999_999.99, priceStep: 0.01, hint: 'From $0.50 to $999,999.99, with up to 2 decimals.', typed: '19.9', sent: '19.90' },
  { currency: 'kwd', currencyDecimals: 3, priceMin: 0.01, priceMax: 99_999.99, priceStep: 0.01, hint: /^From KWD\s0\.010 to KWD\s99,999\.990, in steps of KWD\s0\.010\.$/, typed: '1.25', sent: '1.250' },
])('prices in $currency', ({ hint, typed, sent, ...settings }) => {
  const usual = { ...config };
  beforeEach(() => void Object.assign(config, settings));
  afterEach(() => void Object.assign(config, usual));

  test('the form says what can be charged, and sends the decimals that there are', async () => {
    const { user } = openPage('/tickets/new', server);
    expect(await screen.findByText(hint)).toBeInTheDocument();
    await user.type(screen.getByLabelText('What is it for?'), 'Opera');
    await user.type(screen.getByLabelText('Price'), typed);
    await user.click(screen.getByRole('button', { name: 'List it for sale' }));
    await screen.findByRole('heading', { level: 1, name: 'Opera' });
    expect(server.requests('POST /api/tickets')[0]?.body).toEqual({ title: 'Opera', price: sent });
  });
});
