// Selling and changing tickets.
import { expect, test } from 'vitest';
import type { Client } from './support/client';
import { withNode } from './support/house';

const house = withNode();

test('sign up, sell, and see it listed', async () => {
  const ada = await house.visitor();
  await ada.signUpByForm();
  await ada.page.getByRole('link', { name: 'Sell', exact: true }).click();
  await ada.page.getByLabel('What is it for?').fill('Opera about a Lighthouse');
  await ada.page.getByLabel('Price', { exact: true }).fill('19.99');
  await ada.page.getByRole('button', { name: 'List it for sale' }).click();
  await ada.page.getByRole('heading', { level: 1, name: 'Opera about a Lighthouse' }).waitFor();
  await ada.page.getByText('Listed for $19.99').waitFor();
  await ada.page.getByRole('link', { name: 'For sale', exact: true }).click();
  await ada.page.getByRole('article').filter({ hasText: 'Opera about a Lighthouse' }).getByText('Sold by you').waitFor();
});

/** A window with a half-made change of a ticket that was changed elsewhere meanwhile. */
async function contested() {
  const [ada, client] = await house.signedIn('ada');
  const ticket = await client.sell('Contested', 20);
  await ada.withoutWorker();
  await ada.page.route('**/api/events*', (route) => route.abort()); // this window hears of nothing
  await ada.goto(`/tickets/${ticket.id}/edit`);
  await ada.page.getByLabel('Price', { exact: true }).fill('15');
  await client.edit(ticket.id, 'Contested, row 2', 30);
  await ada.page.getByRole('button', { name: 'Save' }).click();
  await ada.page.getByText('It was changed elsewhere').waitFor();
  await ada.page.getByRole('row', { name: 'When you started Contested $20.00' }).waitFor();
  await ada.page.getByRole('row', { name: 'Now Contested, row 2 $30.00' }).waitFor();
  await ada.page.getByRole('row', { name: 'Yours Contested $15.00' }).waitFor();
  expect(await stored(client, ticket.id)).toMatchObject({ price: 30, version: 1 });
  return { ada, client, ticket };
}

const stored = (client: Client, id: string) => client.send('GET', `/api/tickets/${id}`);

test('a stale edit shows the other change; saving mine over it is my decision', async () => {
  const { ada, client, ticket } = await contested();
  await ada.page.getByRole('button', { name: 'Save mine instead' }).click();
  await ada.page.waitForURL(`**/tickets/${ticket.id}`);
  expect(await stored(client, ticket.id)).toMatchObject({ title: 'Contested', price: 15, version: 2 });
});

test('a stale edit can be given up for what the ticket says now', async () => {
  const { ada, client, ticket } = await contested();
  await ada.page.getByRole('button', { name: 'Keep what it says now' }).click();
  await ada.page.getByText('It was changed elsewhere').waitFor({ state: 'detached' });
  expect(await ada.page.getByLabel('What is it for?').inputValue()).toBe('Contested, row 2');
  expect(await ada.page.getByLabel('Price', { exact: true }).inputValue()).toBe('30.00');
  expect(await stored(client, ticket.id)).toMatchObject({ price: 30, version: 1 });
});

test('a ticket that somebody is buying cannot be changed, and can again when they let it go', async () => {
  const [ada, client] = await house.signedIn('ada');
  const buyer = await house.person('buyer');
  const ticket = await client.sell('Not Now', 20);
  const order = await buyer.order(ticket.id);
  await ada.goto(`/tickets/${ticket.id}/edit`);
  await ada.page.getByText('It is on hold or sold').waitFor();
  expect(await ada.page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await buyer.send('DELETE', `/api/orders/${order.id}`);
  await ada.page.getByRole('button', { name: 'Save' }).waitFor(); // by itself
});
