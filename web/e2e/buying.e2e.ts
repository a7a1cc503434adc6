// From the first click to the ticket, and what can come between.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withNode } from './support/house';

const house = withNode();

const forSale = async (title: string, price: number) => (await house.person()).sell(title, price);

test('two browsers race for one ticket: one gets it, the other is told', async () => {
  const ticket = await forSale('Only One Seat', 40);
  const racers = [(await house.signedIn('ada'))[0], (await house.signedIn('bela'))[0]];
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
        page.getByText('Someone else got it first').or(page.getByText('Someone is buying this ticket')).first().waitFor().then(() => 'too late'),
      ]),
    ),
  );
  expect(outcomes.sort()).toEqual(['bought', 'too late']);
});

test('a double click buys once', async () => {
  const ticket = await forSale('Twice Clicked', 12);
  const [ada, client] = await house.signedIn('ada');
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: 'Buy for $12.00' }).dblclick();
  await ada.page.getByRole('timer').waitFor();
  expect(await client.send<object[]>('GET', '/api/orders')).toHaveLength(1);
});

test('pay: the ticket is mine, and sold for everybody', async () => {
  const ticket = await forSale('Cello for Beginners', 15);
  const [ada] = await house.signedIn('ada');
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: /^Buy/ }).click();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('It is yours').waitFor();
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByText('You bought this ticket').waitFor();
  const other = await house.visitor();
  await other.goto(`/tickets/${ticket.id}`);
  await other.page.getByText('This ticket is sold').waitFor();
});

test('decline: the reason is told, another card works', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await forSale('Insufficient Fun', 15)).id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /Empty/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('The card was declined').waitFor();
  await ada.page.getByRole('radio', { name: /Mastercard/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('It is yours').waitFor();
});

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');
const spoken = (page: Page) => page.locator('header ~ p[role=status], header ~ * p[role=status]').allTextContents();

test('after paying, a decline or letting go the keyboard is where it happened, and it is said', async () => {
  const [ada, client] = await house.signedIn('ada');
  const { page } = ada;
  const order = await client.order((await forSale('Where Was I', 15)).id);
  await ada.goto(`/orders/${order.id}`);
  await page.getByRole('radio', { name: /Empty/ }).check();
  await page.getByRole('button', { name: 'Pay $15.00' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('The card was declined').waitFor();
  await expect.poll(() => focused(page)).toContain('The card was declined');
  await page.getByRole('radio', { name: /Visa/ }).check();
  await page.getByRole('button', { name: 'Pay $15.00' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('It is yours').waitFor();
  await expect.poll(() => focused(page)).toContain('It is yours');
  await expect.poll(async () => (await spoken(page)).join()).toContain('Payment received');

  const other = await client.order((await forSale('Where Am I', 15)).id);
  await ada.goto(`/orders/${other.id}`);
  await page.getByRole('button', { name: 'Let it go' }).click();
  await expect.poll(() => focused(page)).toContain('You let it go');
  await expect.poll(async () => (await spoken(page)).join()).toContain('The order has been cancelled');
});

test('signing out, or coming too late, does not leave the keyboard nowhere', async () => {
  const ticket = await forSale('Snatched', 15);
  const [ada] = await house.signedIn('ada');
  const rival = await house.person('rival');
  await ada.withoutWorker();
  await ada.page.route('**/api/events*', (route) => route.abort()); // it hears of nothing
  await ada.goto(`/tickets/${ticket.id}`);
  await ada.page.getByRole('button', { name: /^Buy/ }).waitFor();
  await rival.order(ticket.id);
  await ada.page.getByRole('button', { name: /^Buy/ }).click();
  await ada.page.getByText('Someone else got it first').waitFor();
  await expect.poll(() => focused(ada.page)).toContain('Someone else got it first');
  await ada.goto('/');
  await ada.page.getByRole('button', { name: 'Sign out' }).click();
  await expect.poll(() => focused(ada.page)).toBe('Tickets for sale');
});

test('letting it go frees the ticket for others at once', async () => {
  const ticket = await forSale('Second Thoughts', 15);
  const [[ada, client], [bela]] = [await house.signedIn('ada'), await house.signedIn('bela')];
  const order = await client.order(ticket.id);
  await bela.goto(`/tickets/${ticket.id}`);
  // The hold lasts for 15 minutes; what is told is counted from the server's clock.
  await bela.page.getByText(/It may be available again at \d.*, in 1[45] minutes/).waitFor();
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('button', { name: 'Let it go' }).click();
  await ada.page.getByText('You let it go').waitFor();
  await bela.page.getByRole('button', { name: 'Buy for $15.00' }).waitFor();
});

test('a reload in the middle of a payment loses nothing and pays once', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await forSale('Slow Food', 15)).id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /Slow bank/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('Your card is being charged').waitFor();
  await ada.page.reload();
  await ada.page.getByText('Your card is being charged').or(ada.page.getByText('It is yours')).first().waitFor();
  await ada.page.getByText('It is yours').waitFor({ timeout: 30_000 });
  const history = await client.send<{ event: string }[]>('GET', `/api/orders/${order.id}/history`);
  expect(history.map((entry) => entry.event)).toEqual(['placed', 'payment_started', 'paid']);
});

test('a bank that goes silent is asked until it is certain', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await forSale('Silence, amplified', 15)).id);
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('radio', { name: /No answer/ }).check();
  await ada.page.getByRole('button', { name: 'Pay $15.00' }).click();
  await ada.page.getByText('It is yours').waitFor({ timeout: 55_000 });
  const history = await client.send<{ event: string }[]>('GET', `/api/orders/${order.id}/history`);
  expect(history.map((entry) => entry.event)).toEqual(['placed', 'payment_started', 'paid']);
});

test('a clock that is wrong by hours counts down right', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await forSale('Time Zones, the ballet', 15)).id);
  await ada.page.clock.install({ time: Date.now() + 5 * 3_600_000 });
  await ada.goto(`/orders/${order.id}`);
  expect(await ada.page.getByRole('timer').textContent()).toMatch(/^14:\d\d$|^15:00$/);
});

test('the whole purchase by keyboard alone', async () => {
  const [ada] = await house.signedIn('ada');
  await forSale('No Mouse', 8);
  await ada.goto('/');
  const pressUntil = async (name: RegExp) => {
    for (let i = 0; i < 60; ++i) {
      await ada.page.keyboard.press('Tab');
      const focused = await ada.page.evaluate(() => document.activeElement?.textContent ?? '');
      if (name.test(focused)) return;
    }
    throw new Error(`${name} is not reached by the tab key`);
  };
  await pressUntil(/^Skip to the content/);
  await ada.page.keyboard.press('Enter');
  await pressUntil(/^No Mouse$/);
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('button', { name: /^Buy/ }).waitFor();
  await pressUntil(/^Buy for/);
  const outline = await ada.page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
  expect(outline).toBe('solid'); // one sees where one is
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('timer').waitFor();
  await pressUntil(/^Pay \$/);
  await ada.page.keyboard.press('Enter');
  await ada.page.getByText('It is yours').waitFor();
});
