// The life of a ticket, by the eyes of those who buy and sell it.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser, Visitor } from './support/browser';
import { Client, newEmail } from './support/client';
import { Node } from './support/node';

let node: Node;
let browser: Browser;
let visitors: Visitor[] = [];

beforeAll(async () => {
  node = await Node.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await node?.stop();
});
afterEach(async () => {
  // No script error and no breach of the Content-Security-Policy in any window of any test.
  const problems = visitors.flatMap((visitor) => visitor.problems);
  for (const visitor of visitors.splice(0)) await visitor.leave();
  visitors = [];
  expect(problems).toEqual([]);
});

async function stranger(): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser, node.url);
  visitors.push(visitor);
  return visitor;
}

async function signedIn(name: string): Promise<[Visitor, Client]> {
  const [visitor, client] = await Visitor.arriveSignedIn(browser, node.url, name);
  visitors.push(visitor);
  return [visitor, client];
}

const seller = () => Client.signUp(node.url, newEmail('seller'));

test('sign up, sell, and see it listed', async () => {
  const ada = await stranger();
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

test('errors stand at their fields, as the server says them', async () => {
  const ada = await stranger();
  await ada.goto('/auth/signup');
  await ada.page.getByLabel('E-mail').fill('nonsense');
  await ada.page.getByRole('main').getByRole('button', { name: 'Sign up' }).click();
  await ada.page.getByText('Email must be valid').waitFor();
  await ada.page.getByText('Password must be between 4 and 20 characters').waitFor();
  expect(await ada.page.getByLabel('E-mail').evaluate((input) => input === document.activeElement)).toBe(true);
});

test('the first paint has the list and the user, without a request and without a flash', async () => {
  await (await seller()).sell('First Paint', 5);
  const [ada] = await signedIn('ada');
  const asked: string[] = [];
  ada.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await ada.page.route('**/api/**', (route) => route.abort());
  await ada.goto('/');
  await ada.page.getByRole('heading', { name: 'First Paint' }).waitFor();
  await ada.page.getByTitle(`Signed in as ${ada.email}`).waitFor();
  const painted = await ada.page.evaluate(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    return { paint, tickets: document.querySelectorAll('article').length };
  });
  expect(painted.paint).toBeGreaterThan(0);
  expect(painted.tickets).toBeGreaterThan(0);
  expect(asked.filter((path) => path === '/api/tickets' || path === '/api/users/currentuser')).toEqual([]);
});

test('two browsers race for one ticket: one gets it, the other is told', async () => {
  const ticket = await (await seller()).sell('Only One Seat', 40);
  const [[ada], [bela]] = [await signedIn('ada'), await signedIn('bela')];
  const racers = [ada, bela];
  for (const racer of racers) await racer.goto(`/tickets/${ticket.id}`);
  const buttons = racers.map((racer) => racer.page.getByRole('button', { name: 'Buy for $40.00' }));
  for (const button of buttons) await button.waitFor();
  // Clicked in the page itself, both at once and each of them twice.
  await Promise.all(buttons.map((button) => button.evaluate((element) => {
    (element as HTMLElement).click();
    (element as HTMLElement).click();
  })));
  const outcomes = await Promise.all(
    racers.map(({ page }) =>
      Promise.race([
        page.waitForURL('**/orders/*').then(() => 'bought'),
        page.getByText('Somebody was faster').or(page.getByText('Someone is buying this ticket')).first().waitFor().then(() => 'too late'),
      ]),
    ),
  );
  expect(outcomes.sort()).toEqual(['bought', 'too late']);
});

test('a double click buys once', async () => {
  const ticket = await (await seller()).sell('Twice Clicked', 12);
  const [ada, client] = await signedIn('ada');
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: 'Buy for $12.00' }).dblclick();
  await ada.page.getByRole('timer').waitFor();
  expect(await client.send<object[]>('GET', '/api/orders')).toHaveLength(1);
});

test('pay: the ticket is mine, and sold for everybody', async () => {
  const ticket = await (await seller()).sell('Cello for Beginners', 15);
  const [ada] = await signedIn('ada');
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: /^Buy/ }).click();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('It is yours').waitFor();
  await ada.page.goto(`${node.url}/tickets/${ticket.id}`);
  await ada.page.getByText('You bought this ticket').waitFor();
  const other = await stranger();
  await other.goto(`/tickets/${ticket.id}`);
  await other.page.getByText('This ticket is sold').waitFor();
});

test('decline: the reason is told, another card works', async () => {
  const [ada, client] = await signedIn('ada');
  const ticket = await (await seller()).sell('Insufficient Fun', 15);
  const order = await client.order(ticket.id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /Empty/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('The card was declined').waitFor();
  await ada.page.getByRole('radio', { name: /Mastercard/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('It is yours').waitFor();
});

test('a reload in the middle of a payment loses nothing and pays once', async () => {
  const [ada, client] = await signedIn('ada');
  const order = await client.order((await (await seller()).sell('Slow Food', 15)).id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /Slow bank/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('Your card is being charged').waitFor();
  await ada.page.reload();
  await ada.page.getByText('Your card is being charged').or(ada.page.getByText('It is yours')).first().waitFor();
  await ada.page.getByText('It is yours').waitFor({ timeout: 30_000 });
  const history = await client.send<{ event: string }[]>('GET', `/api/orders/${order.id}/history`);
  expect(history.filter((entry) => entry.event === 'paid')).toHaveLength(1);
});

test('a bank that goes silent is asked until it is certain', async () => {
  const [ada, client] = await signedIn('ada');
  const order = await client.order((await (await seller()).sell('Silence, amplified', 15)).id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /No answer/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('It is yours').waitFor({ timeout: 55_000 });
  const history = await client.send<{ event: string }[]>('GET', `/api/orders/${order.id}/history`);
  expect(history.map((entry) => entry.event)).toEqual(['placed', 'payment_started', 'paid']);
});

test('another browser sees it all live: listed, changed, held, free again, sold', async () => {
  const watcher = await stranger();
  await watcher.goto('/');
  await watcher.page.getByRole('main').waitFor();
  await watcher.page.waitForFunction(() => performance.getEntriesByType('resource').some((entry) => entry.name.includes('/api/tickets')));
  const bela = await seller();
  const cleo = await Client.signUp(node.url, newEmail('cleo'));
  const ticket = await bela.sell('Live and Direct', 20);
  const paper = watcher.page.getByRole('article').filter({ hasText: 'Live and Direct' });
  await paper.getByText('$20.00').waitFor();
  await bela.edit(ticket.id, 'Live and Direct', 17.5);
  await paper.getByText('$17.50').waitFor();
  const order = await cleo.order(ticket.id);
  await paper.getByText('On hold').waitFor();
  await cleo.send('DELETE', `/api/orders/${order.id}`);
  await paper.getByText('On hold').waitFor({ state: 'detached' });
  await cleo.pay((await cleo.order(ticket.id)).id);
  await paper.getByText('Sold', { exact: true }).waitFor();
  expect(watcher.page.url()).toBe(`${node.url}/`); // nothing was reloaded
  expect(await watcher.page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
});

test('a stale edit shows the other change and lets the person decide', async () => {
  const [ada, client] = await signedIn('ada');
  const ticket = await client.sell('Contested', 20);
  await ada.page.route('**/api/events*', (route) => route.abort()); // this window hears of nothing
  await ada.goto(`/tickets/${ticket.id}/edit`);
  await ada.page.getByLabel('Price', { exact: true }).fill('15');
  await client.edit(ticket.id, 'Contested, row 2', 30);
  await ada.page.getByRole('button', { name: 'Save' }).click();
  await ada.page.getByText('It was changed elsewhere').waitFor();
  await ada.page.getByRole('row', { name: /Now Contested, row 2 \$30\.00/ }).waitFor();
  expect(await client.send('GET', `/api/tickets/${ticket.id}`)).toMatchObject({ price: 30, version: 1 });
  await ada.page.getByRole('button', { name: 'Save mine over it' }).click();
  await ada.page.waitForURL(`**/tickets/${ticket.id}`);
  expect(await client.send('GET', `/api/tickets/${ticket.id}`)).toMatchObject({ title: 'Contested', price: 15, version: 2 });
});

test('searching, sorting, and the way back', async () => {
  const client = await seller();
  await client.sell('Zebra Crossing, dear', 900);
  await client.sell('Zebra Crossing, cheap', 1);
  const ada = await stranger();
  await ada.goto('/?q=zebra&sort=-price');
  const titles = ada.page.getByRole('heading', { level: 2 });
  await titles.first().waitFor();
  expect(await titles.allTextContents()).toEqual(['Zebra Crossing, dear', 'Zebra Crossing, cheap']);
  await titles.first().getByRole('link').click();
  await ada.page.getByRole('heading', { level: 1, name: 'Zebra Crossing, dear' }).waitFor();
  await ada.page.goBack();
  await titles.nth(1).waitFor();
  expect(await ada.page.getByRole('searchbox').inputValue()).toBe('zebra');
});

test('the whole purchase by keyboard alone', async () => {
  const [ada] = await signedIn('ada');
  const ticket = await (await seller()).sell('No Mouse', 8);
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: /^Buy/ }).waitFor();
  const pressUntil = async (name: RegExp) => {
    for (let i = 0; i < 40; ++i) {
      await ada.page.keyboard.press('Tab');
      const focused = await ada.page.evaluate(() => document.activeElement?.textContent ?? '');
      if (name.test(focused)) return;
    }
    throw new Error(`${name} is not reached by the tab key`);
  };
  await pressUntil(/^Buy for/);
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('timer').waitFor();
  await pressUntil(/^Pay \$/);
  await ada.page.keyboard.press('Enter');
  await ada.page.getByText('It is yours').waitFor();
});
