// Pictures of every page, for people to look at: web/screenshots/<page>-<theme>-<width>.png.
import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, Visitor } from './support/browser';
import { Client, type Made, newEmail } from './support/client';
import { Node, operator_token } from './support/node';

const folder = 'screenshots';
const widths = { phone: 360, desktop: 1280 };
const themes = ['light', 'dark'] as const;

let node: Node;
let browser: Browser;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  node = await Node.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await node?.stop();
});

const shows: [string, number][] = [
  ['Night Bus to Saturn, upper deck', 24],
  ['The Paper Moths, 14 June', 38.5],
  ['Hamlet on Ice', 61],
  ['Cello for Beginners and their Neighbours', 12],
  ['Lunar Football Final, block C row 7', 145],
  ['Low Tide Disco', 18],
  ['An Evening with Nobody in Particular', 9.99],
  ['Kraków Jazz Cellar: late set', 27.5],
  ['Opera about a Lighthouse', 84],
  ['Slow Film Festival, day pass', 33],
  ['Brass Band versus Thunderstorm', 16],
  ['Museum after Dark', 22],
  ['The Last Analogue Synth', 49],
  ['Stand-up, seated', 14.5],
  ['Velvet Riot, farewell tour, standing', 72],
];

async function scene() {
  const [visitor, me] = await Visitor.arriveSignedIn(browser, node.url, 'ada');
  const seller = await Client.signUp(node.url, newEmail('bela'));
  const buyer = await Client.signUp(node.url, newEmail('cleo'));
  const tickets: Made[] = [];
  for (const [title, price] of shows) tickets.push(await seller.sell(title, price));
  const id = (i: number) => tickets[i]?.id ?? '';

  await seller.edit(id(4), 'Lunar Football Final, block C row 7', 160);
  await seller.edit(id(4), 'Lunar Football Final, block C row 7', 145);
  const held = await seller.sell('Rehearsal of a Dream', 20);
  await seller.edit(held.id, 'Rehearsal of a Dream', 17.5);
  await buyer.order(held.id);
  const sold = await seller.sell('Piano, Four Hands, One Foot', 44);
  await buyer.pay((await buyer.order(sold.id)).id);

  const mine = await me.sell('Two Ghosts and a Bicycle', 26);
  await buyer.order((await me.sell('Choir of Small Engines', 31)).id);
  await buyer.pay((await buyer.order((await me.sell('Tango for Three', 19)).id)).id);
  const open = await me.order(id(2));
  const declined = await me.order(id(13));
  await me.pay(declined.id, 'tok_chargeDeclinedInsufficientFunds').catch(() => undefined);
  const paid = await me.order(id(8));
  await me.pay(paid.id);
  const gone = await me.order(id(10));
  await me.send('DELETE', `/api/orders/${gone.id}`);
  return { visitor, pages: { mine, held, sold, open, declined, paid, gone, ticket: { id: id(4) } } };
}

test('pictures of every page', async () => {
  const { visitor, pages } = await scene();
  const stranger = await Visitor.arrive(browser, node.url);

  const shots: [name: string, who: Visitor, path: string, before?: (page: Visitor['page']) => Promise<unknown>][] = [
    ['list', stranger, '/'],
    ['list-empty-search', stranger, '/?q=zzz'],
    ['ticket', visitor, `/tickets/${pages.ticket.id}`],
    ['ticket-held', stranger, `/tickets/${pages.held.id}`],
    ['ticket-sold', stranger, `/tickets/${pages.sold.id}`],
    ['sell', visitor, '/tickets/new', async (page) => {
      await page.getByLabel('What is it for?').fill('Orchestra of Lost Umbrellas, 3 May');
      await page.getByRole('button', { name: 'List it for sale' }).click();
      await page.getByText('Price must be').waitFor();
    }],
    ['edit', visitor, `/tickets/${pages.mine.id}/edit`],
    ['selling', visitor, '/selling'],
    ['orders', visitor, '/orders'],
    ['order-open', visitor, `/orders/${pages.open.id}`],
    ['order-declined', visitor, `/orders/${pages.declined.id}`],
    ['order-paid', visitor, `/orders/${pages.paid.id}`],
    ['order-cancelled', visitor, `/orders/${pages.gone.id}`],
    ['signin', stranger, '/auth/signin'],
    ['signup', stranger, '/auth/signup'],
    ['not-found', stranger, '/nowhere'],
    ['operator-door', stranger, '/operator'],
  ];
  const only = process.env.SHOTS?.split(','); // names, to look at a few only
  let made = 0;
  for (const theme of themes) {
    for (const [width_name, width] of Object.entries(widths)) {
      const suffix = `${theme}-${width_name}.png`;
      for (const [name, who, path, before] of shots.filter(([name]) => only?.includes(name) ?? true)) {
        await who.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await who.page.setViewportSize({ width, height: width < 600 ? 780 : 1000 });
        await who.goto(path);
        await who.page.locator('main h1, main p').first().waitFor();
        await before?.(who.page);
        await who.page.waitForTimeout(350); // the feed opens, late answers come
        if (name !== 'list') await showAll(who.page, width); // the list would go on for ever
        await who.page.screenshot({ path: `${folder}/${name}-${suffix}` });
        made += 1;
      }
    }
  }
  for (const theme of only?.includes('operator') === false ? [] : themes) {
    for (const [width_name, width] of Object.entries(widths)) {
      await controlRoom(theme, width, `${folder}/operator-${theme}-${width_name}.png`);
      made += 1;
    }
  }
  if (!only) expect(made).toBe((shots.length + 1) * 4);
  expect(made).toBeGreaterThan(0);
  expect([...visitor.problems, ...stranger.problems]).toEqual([]);
});

// A window as tall as the page: what is fixed to the window's edge stays at the page's edge.
async function showAll(page: Visitor['page'], width: number): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height });
}

// With some traffic, so that there is something to see.
async function controlRoom(theme: 'light' | 'dark', width: number, path: string): Promise<void> {
  const operator = await Visitor.arrive(browser, node.url);
  await operator.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await operator.page.setViewportSize({ width, height: width < 600 ? 780 : 1000 });
  await operator.goto('/operator');
  await operator.page.getByLabel('Operator token').fill(operator_token);
  await operator.page.getByRole('button', { name: 'Open' }).click();
  const client = await Client.signUp(node.url, newEmail('load'));
  for (let second = 0; second < 10; ++second) {
    const until = Date.now() + 1_000;
    const busy = 5 + 20 * Math.abs(Math.sin(second));
    for (let i = 0; i < busy && Date.now() < until; ++i) {
      const ticket = await client.sell(`Load ${second}.${i}`, 5 + i);
      await client.send('DELETE', `/api/orders/${(await client.order(ticket.id)).id}`);
    }
    await new Promise((done) => setTimeout(done, Math.max(0, until - Date.now())));
  }
  await showAll(operator.page, width);
  await operator.page.screenshot({ path });
  await operator.leave();
}
