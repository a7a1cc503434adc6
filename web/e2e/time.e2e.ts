// Orders that run out of time, and a node that goes away under the page.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, Visitor } from './support/browser';
import { Client, newEmail } from './support/client';
import { Node } from './support/node';

let node: Node;
let browser: Browser;
beforeAll(async () => {
  node = await Node.start('--order-ttl', '4s');
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await node?.stop();
});

test('an order that is not paid expires under the eyes, and the ticket is free again', async () => {
  const seller = await Client.signUp(node.url, newEmail('seller'));
  const ticket = await seller.sell('Too Late', 10);
  const [ada] = await Visitor.arriveSignedIn(browser, node.url, 'ada');
  const watcher = await Visitor.arrive(browser, node.url);
  await watcher.goto(`/tickets/${ticket.id}`);
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: /^Buy/ }).click();
  await ada.page.getByRole('timer').waitFor();
  await watcher.page.getByText(/Someone is buying this ticket/).waitFor();
  await ada.page.getByText('Time ran out', { exact: true }).waitFor({ timeout: 15_000 });
  await ada.page.getByText('You were not charged', { exact: false }).waitFor();
  await watcher.page.getByRole('link', { name: 'Sign in to buy' }).waitFor();
  expect([...ada.problems, ...watcher.problems]).toEqual([]);
  await ada.leave();
  await watcher.leave();
});

test('the node is killed under the page: it says so, recovers by itself, and misses nothing', async () => {
  const seller = await Client.signUp(node.url, newEmail('seller'));
  const ticket = await seller.sell('Before the Cut', 10);
  const watcher = await Visitor.arrive(browser, node.url);
  await watcher.goto('/');
  await watcher.page.getByRole('heading', { name: 'Before the Cut' }).waitFor();
  await seller.sell('Heard on the Feed', 11); // so that the page has a place in the feed
  await watcher.page.getByRole('heading', { name: 'Heard on the Feed' }).waitFor();

  await node.kill();
  await watcher.page.getByText('Reconnecting to the box office', { exact: false }).waitFor({ timeout: 15_000 });
  await node.resume();
  await seller.edit(ticket.id, 'Before the Cut', 12.5);
  await watcher.page.getByText('Back again, and up to date.').waitFor({ timeout: 20_000 });
  await watcher.page.getByRole('article').filter({ hasText: 'Before the Cut' }).getByText('$12.50').waitFor();
  await watcher.leave();
});

test('a purchase that the node dies under is finished when it is back', async () => {
  const seller = await Client.signUp(node.url, newEmail('seller'));
  const ticket = await seller.sell('Across the Cut', 10);
  const [ada, client] = await Visitor.arriveSignedIn(browser, node.url, 'ada');
  await ada.goto(`/tickets/${ticket.id}`);
  const buy = ada.page.getByRole('button', { name: /^Buy/ });
  await buy.waitFor();
  await node.kill();
  await buy.click();
  await ada.page.getByText('Holding it for you').waitFor();
  await node.resume();
  await ada.page.getByRole('timer').or(ada.page.getByText('Time ran out', { exact: true })).first().waitFor({ timeout: 20_000 });
  expect(await client.send<object[]>('GET', '/api/orders')).toHaveLength(1);
  await ada.leave();
});

test('offline and back: a banner, then what happened meanwhile', async () => {
  const seller = await Client.signUp(node.url, newEmail('seller'));
  const watcher = await Visitor.arrive(browser, node.url);
  await watcher.goto('/');
  await watcher.page.getByRole('main').waitFor();
  await watcher.context.setOffline(true);
  await watcher.page.getByText('You are offline', { exact: false }).waitFor({ timeout: 15_000 });
  await seller.sell('While You Were Out', 9);
  await watcher.context.setOffline(false);
  await watcher.page.getByRole('heading', { name: 'While You Were Out' }).waitFor({ timeout: 20_000 });
  await watcher.leave();
});
