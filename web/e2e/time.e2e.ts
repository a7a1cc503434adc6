// Orders that run out of time, and a node or a network that goes away under the page.
import { expect, test } from 'vitest';
import { withNode } from './support/house';

const house = withNode('--order-ttl', '4s');

test('an order that is not paid expires under the eyes, and the ticket is free again', async () => {
  const ticket = await (await house.person()).sell('Too Late', 10);
  const [ada] = await house.signedIn('ada');
  const watcher = await house.visitor();
  await watcher.goto(`/tickets/${ticket.id}`);
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: /^Buy/ }).click();
  await ada.page.getByRole('timer').waitFor();
  await watcher.page.getByText(/Someone is buying this ticket/).waitFor();
  await ada.page.getByText('Time ran out', { exact: true }).waitFor({ timeout: 15_000 });
  await ada.page.getByText('You were not charged', { exact: false }).waitFor();
  await watcher.page.getByRole('link', { name: 'Sign in to buy' }).waitFor();
});

test('the node is killed under the page: it says so, recovers by itself, and misses nothing', async () => {
  const seller = await house.person();
  const ticket = await seller.sell('Before the Cut', 10);
  const watcher = await house.visitor();
  await watcher.goto('/');
  await watcher.page.getByRole('heading', { name: 'Before the Cut' }).waitFor();
  await seller.sell('Heard on the Feed', 11); // so that the page has a place in the feed
  await watcher.page.getByRole('heading', { name: 'Heard on the Feed' }).waitFor();

  await house.node.kill();
  await watcher.page.getByText('Reconnecting to the box office', { exact: false }).waitFor({ timeout: 15_000 });
  await house.node.resume();
  await seller.edit(ticket.id, 'Before the Cut', 12.5);
  await watcher.page.getByText('Reconnected, and up to date.').waitFor({ timeout: 20_000 });
  await watcher.page.getByRole('article').filter({ hasText: 'Before the Cut' }).getByText('$12.50').waitFor();
});

test('a purchase that the node dies under is finished when it is back', async () => {
  const ticket = await (await house.person()).sell('Across the Cut', 10);
  const [ada, client] = await house.signedIn('ada');
  await ada.goto(`/tickets/${ticket.id}`);
  const buy = ada.page.getByRole('button', { name: /^Buy/ });
  await buy.waitFor();
  await house.node.kill();
  await buy.click();
  await ada.page.getByText('Waiting for the connection').waitFor();
  await house.node.resume();
  await ada.page.getByRole('timer').or(ada.page.getByText('Time ran out', { exact: true })).first().waitFor({ timeout: 20_000 });
  expect(await client.send<object[]>('GET', '/api/orders')).toHaveLength(1);
});

test('a page whose script the node did not deliver comes when the node is back', async () => {
  const [ada] = await house.signedIn('ada');
  await ada.page.addInitScript(() => (window.requestIdleCallback = () => 0)); // nothing is fetched ahead
  await ada.goto('/');
  await ada.page.getByRole('main').waitFor();
  await house.node.kill();
  await ada.page.getByRole('link', { name: 'My tickets' }).click();
  await ada.page.getByText('Reconnecting to the box office', { exact: false }).waitFor({ timeout: 15_000 });
  await house.node.resume();
  await ada.page.getByText('You have not bought a ticket yet').waitFor({ timeout: 20_000 });
});

test('a node that dies in the middle of a payment: the page finds out how it ended', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await (await house.person()).sell('Paid across the Cut', 10)).id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /Slow bank/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $10.00' }).click();
  await expect.poll(() => client.send('GET', `/api/orders/${order.id}`)).toMatchObject({ status: 'awaiting:payment' });
  await house.node.kill();
  await house.node.resume();
  await ada.page.getByText('It is yours').waitFor({ timeout: 30_000 });
  const history = await client.send<{ event: string }[]>('GET', `/api/orders/${order.id}/history`);
  expect(history.filter((entry) => entry.event === 'paid')).toHaveLength(1);
});

test('offline and back: a banner, then what happened meanwhile', async () => {
  const seller = await house.person();
  const watcher = await house.visitor();
  await watcher.goto('/');
  await watcher.page.getByText('Live', { exact: true }).waitFor();
  await watcher.context.setOffline(true);
  await watcher.page.getByText('You are offline', { exact: false }).waitFor({ timeout: 15_000 });
  await seller.sell('While You Were Out', 9);
  await watcher.context.setOffline(false);
  await watcher.page.getByRole('heading', { name: 'While You Were Out' }).waitFor({ timeout: 20_000 });
});
