// Many tabs of one browser, and who they belong to.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Visitor } from './support/browser';
import { type Client, password } from './support/client';
import { withNode } from './support/house';

const house = withNode();

const tabs_count = 12; // twice as many as a browser has connections to one node that speaks HTTP/1.1

/** A figure of the node's, the sum over its labels. */
async function figure(name: string): Promise<number> {
  const text = await (await fetch(`${house.url}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
const streams = () => figure('usher_streams');

async function tabsOf(visitor: Visitor, paths: string[]): Promise<Page[]> {
  const tabs = [visitor.page];
  while (tabs.length < paths.length) tabs.push(await visitor.anotherTab());
  await Promise.all(tabs.map((tab, i) => tab.goto(house.url + (paths[i] ?? '/'))));
  return tabs;
}

/** As in another tab, but without its page: only the browser's cookie changes. */
async function cookieBecomes(visitor: Visitor, client: Client | null): Promise<void> {
  await visitor.context.clearCookies();
  if (client) await visitor.context.addCookies([{ ...client.sessionCookie, url: house.url, httpOnly: true }]);
}

async function signInByForm(tab: Page, client: Client): Promise<void> {
  await tab.goto(`${house.url}/auth/signin`);
  await tab.getByLabel('E-mail').fill(client.email);
  await tab.getByLabel('Password', { exact: true }).fill(password);
  await tab.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await tab.getByTitle(`Signed in as ${client.email}`).waitFor();
}

test(`${tabs_count} tabs of one browser: one stream, all of them live, and none of them waits`, async () => {
  const seller = await house.person();
  const first = await seller.sell('Seen in every Tab', 20);
  const visitor = await house.visitor();
  const before = await streams();
  const tabs = await tabsOf(visitor, Array<string>(tabs_count).fill('/'));
  for (const tab of tabs) await tab.getByText('Live', { exact: true }).waitFor();
  expect((await streams()) - before).toBe(1);

  await seller.edit(first.id, 'Seen in every Tab', 23);
  for (const tab of tabs) await tab.getByRole('article').filter({ hasText: 'Seen in every Tab' }).getByText('$23.00').waitFor();
  for (const tab of tabs) {
    await tab.getByRole('searchbox').fill('every tab'); // asks the node
    await tab.waitForURL('**/?q=every+tab');
    await tab.getByRole('heading', { name: 'Seen in every Tab' }).waitFor();
  }
  // The stream is nobody's in particular: it outlives the tab that was first.
  await visitor.page.close();
  await seller.edit(first.id, 'Seen in every Tab', 24);
  for (const tab of tabs.slice(1)) await tab.getByText('$24.00').waitFor();
  expect((await streams()) - before).toBe(1);
});

test('when the last tab is closed the stream is, too', async () => {
  const visitor = await house.visitor();
  const before = await streams();
  await tabsOf(visitor, ['/', '/', '/']);
  await visitor.page.getByText('Live', { exact: true }).waitFor();
  expect((await streams()) - before).toBe(1);
  for (const tab of visitor.context.pages()) await tab.close();
  await expect.poll(streams).toBe(before);
});

test('a browser without shared workers keeps a stream for each tab that is looked at', async () => {
  const visitor = await house.visitor();
  await visitor.withoutWorker();
  const before = await streams();
  await visitor.goto('/');
  await visitor.page.getByText('Live', { exact: true }).waitFor();
  const look = (state: 'hidden' | 'visible') =>
    visitor.page.evaluate((shown) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => shown });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  expect((await streams()) - before).toBe(1);
  await look('hidden');
  await expect.poll(streams).toBe(before);
  const ticket = await (await house.person()).sell('While Nobody Looked', 9);
  await look('visible');
  await visitor.page.getByRole('heading', { name: 'While Nobody Looked' }).waitFor();
  expect(ticket.version).toBe(0);
});

test('signed out in one tab: the others know at once, say so, and offer the way back', async () => {
  const ticket = await (await house.person()).sell('Two Tabs', 20);
  const [ada, client] = await house.signedIn('ada');
  const [here, there, orders] = (await tabsOf(ada, [`/tickets/${ticket.id}`, '/', '/orders'])) as [Page, Page, Page];
  await here.getByRole('button', { name: 'Buy for $20.00' }).waitFor();
  await there.getByRole('button', { name: 'Sign out' }).click();
  await there.getByRole('link', { name: 'Sign up' }).waitFor();

  await here.getByRole('link', { name: 'Sign in to buy' }).waitFor();
  await here.getByText('You have been signed out').waitFor();
  expect(await here.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  await orders.waitForURL('**/auth/signin?to=/orders');
  await orders.getByText('You have been signed out').waitFor();

  await signInByForm(orders, client);
  await here.getByRole('button', { name: 'Buy for $20.00' }).waitFor();
});

test('a second user in a second tab: the first shows who it is, and nothing of who it was', async () => {
  const [ada, adas] = await house.signedIn('ada');
  const bela = await house.person('bela');
  const seller = await house.person();
  await adas.order((await seller.sell('Ada’s own Secret', 20)).id);
  const live = await seller.sell('For Anybody', 20);
  const before = await streams();
  const [here, there] = (await tabsOf(ada, ['/orders', '/'])) as [Page, Page];
  await here.getByRole('heading', { name: 'Ada’s own Secret' }).waitFor();

  await signInByForm(there, bela);
  await here.getByTitle(`Signed in as ${bela.email}`).waitFor();
  await here.getByText(`You are now signed in as ${bela.email}`).waitFor();
  await here.getByText('No orders yet').waitFor();
  expect(await here.getByText('Ada’s own Secret').count()).toBe(0);

  // The one stream is hers now: what she does by the API is seen here.
  await bela.order(live.id);
  await here.getByRole('heading', { name: 'For Anybody' }).waitFor();
  expect((await streams()) - before).toBe(1);
});

test('nothing is ever done as somebody else, even when the page could not know', async () => {
  const seller = await house.person();
  const ticket = await seller.sell('In Whose Name', 20);
  const [ada, adas] = await house.signedIn('ada');
  const bela = await house.person('bela');
  await ada.goto(`/tickets/${ticket.id}`);
  const buy = ada.page.getByRole('button', { name: 'Buy for $20.00' });
  await buy.waitFor();

  await cookieBecomes(ada, bela);
  await buy.click();
  await ada.page.getByText(`You are now signed in as ${bela.email}`).waitFor();
  expect(await bela.send<object[]>('GET', '/api/orders')).toEqual([]);
  expect(await adas.send<object[]>('GET', '/api/orders')).toEqual([]);
  await buy.click(); // as bela, who sees that it is she
  await ada.page.getByRole('timer').waitFor();
  expect(await bela.send<object[]>('GET', '/api/orders')).toHaveLength(1);

  await cookieBecomes(ada, null);
  await ada.page.getByRole('button', { name: 'Let it go' }).click();
  await ada.page.getByText('You have been signed out').waitFor();
  expect(await bela.send<{ status: string }[]>('GET', '/api/orders')).toMatchObject([{ status: 'created' }]);
});

test('signing out signs out whom the page shows, and nobody else', async () => {
  const [ada] = await house.signedIn('ada');
  const bela = await house.person('bela');
  await ada.goto('/');
  await ada.page.getByTitle(`Signed in as ${ada.email}`).waitFor();
  await cookieBecomes(ada, bela);
  await ada.page.getByRole('button', { name: 'Sign out' }).click();
  await ada.page.getByTitle(`Signed in as ${bela.email}`).waitFor();

  // A page that signs out when it is opened does not do it again to whoever comes later.
  const [out, there] = [ada.page, await ada.anotherTab()];
  await out.goto(`${house.url}/auth/signout`);
  await out.getByText('You are signed out').waitFor();
  await signInByForm(there, bela);
  await out.getByTitle(`Signed in as ${bela.email}`).waitFor();
  await there.reload();
  await there.getByTitle(`Signed in as ${bela.email}`).waitFor();
});

test('what was typed for sale is kept for whoever typed it', async () => {
  const [ada, client] = await house.signedIn('ada');
  const bela = await house.person('bela');
  const [here, there] = (await tabsOf(ada, ['/tickets/new', '/'])) as [Page, Page];
  await here.getByLabel('What is it for?').fill('Half a Thought');
  await there.getByRole('button', { name: 'Sign out' }).click();
  await here.waitForURL('**/auth/signin?to=/tickets/new');
  await signInByForm(there, bela);
  await here.goto(`${house.url}/tickets/new`);
  expect(await here.getByLabel('What is it for?').inputValue()).toBe('');
  await signInByForm(there, client);
  await here.reload();
  expect(await here.getByLabel('What is it for?').inputValue()).toBe('Half a Thought');
});
