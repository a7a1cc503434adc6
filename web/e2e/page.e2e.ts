// What every page owes everybody: contrast, labels, caching, no inline script, little weight.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, Visitor } from './support/browser';
import { Client, newEmail } from './support/client';
import { Node, operator_token } from './support/node';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

let node: Node;
let browser: Browser;
beforeAll(async () => {
  node = await Node.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await node?.stop();
});

async function violations(visitor: Visitor): Promise<string[]> {
  await visitor.page.evaluate(axe);
  const results = await visitor.page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`));
}

test('no page breaks the rules of accessibility, in either theme', { timeout: 180_000 }, async () => {
  const [ada, client] = await Visitor.arriveSignedIn(browser, node.url, 'ada');
  const seller = await Client.signUp(node.url, newEmail('seller'));
  const tickets = [];
  for (let i = 0; i < 14; ++i) tickets.push(await seller.sell(`Stock and Ink ${i}`, 10 + i));
  const [first, second, third] = tickets;
  const open = await client.order(first?.id ?? '');
  const paid = await client.order(second?.id ?? '');
  await client.pay(paid.id);
  const gone = await client.order(third?.id ?? '');
  await client.send('DELETE', `/api/orders/${gone.id}`);
  const mine = await client.sell('Mine', 5);
  const paths = [
    '/',
    '/?q=nothing-like-this',
    `/tickets/${tickets[5]?.id}`,
    `/tickets/${second?.id}`,
    `/tickets/${mine.id}/edit`,
    '/tickets/new',
    '/selling',
    '/orders',
    `/orders/${open.id}`,
    `/orders/${paid.id}`,
    `/orders/${gone.id}`,
    '/auth/signin',
    '/operator',
    '/nowhere',
  ];
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await ada.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const path of paths) {
      await ada.goto(path);
      await ada.page.locator('main').locator('h1, p').first().waitFor();
      await ada.page.waitForTimeout(200);
      found.push(...(await violations(ada)).map((violation) => `${colorScheme} ${path} ${violation}`));
    }
  }
  expect(found).toEqual([]);
  expect(ada.problems).toEqual([]);
  await ada.leave();
});

test('the page runs under a policy without inline script or style', async () => {
  const response = await fetch(node.url);
  const policy = response.headers.get('Content-Security-Policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe');
  const html = await response.text();
  expect(html).not.toMatch(/<script(?![^>]*(src=|application\/json))/);
  expect(html).not.toMatch(/\sstyle=|<style/);
});

test('assets are hashed, compressed and kept for ever; the page itself is not', async () => {
  const page = await fetch(node.url);
  expect(page.headers.get('Cache-Control')).toMatch(/no-(cache|store)/);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
  expect(script).toMatch(/-[\w-]{8}\.js$/);
  for (const encoding of ['br', 'gzip']) {
    const asset = await fetch(node.url + script, { headers: { 'Accept-Encoding': encoding } });
    expect(asset.headers.get('Content-Encoding')).toBe(encoding);
    expect(asset.headers.get('Cache-Control')).toContain('immutable');
  }
});

test('a shop page loads less than 100 KB of compressed script', async () => {
  const [ada, client] = await Visitor.arriveSignedIn(browser, node.url, 'ada');
  const order = await client.order((await client.sell('Weighed', 5)).id);
  await ada.page.addInitScript(() => (window.requestIdleCallback = () => 0)); // not what comes later
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByRole('timer').waitFor();
  const scripts = await ada.page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.endsWith('.js')),
  );
  let bytes = 0;
  for (const script of scripts) {
    const path = `dist${new URL(script).pathname}.gz`;
    bytes += readFileSync(path).length;
  }
  expect(scripts.length).toBeGreaterThan(0);
  expect(scripts.some((script) => script.includes('Operator'))).toBe(false);
  expect(bytes).toBeLessThan(100_000);
  await ada.leave();
});

test('the control room: live charts and every event', async () => {
  const operator = await Visitor.arrive(browser, node.url);
  await operator.goto('/operator');
  await operator.page.getByLabel('Operator token').fill(operator_token);
  await operator.page.getByRole('button', { name: 'Open' }).click();
  await operator.page.getByRole('listitem').filter({ hasText: 'Active actors' }).waitFor();
  const client = await Client.signUp(node.url, newEmail('seller'));
  const ticket = await client.sell('Seen by the Operator', 7);
  await client.order(ticket.id);
  const feed = operator.page.getByRole('region', { name: 'Event feed' });
  await feed.getByText('Seen by the Operator').first().waitFor();
  await feed.locator('li').filter({ hasText: 'order:created' }).waitFor();
  await feed.getByRole('checkbox', { name: 'ticket:created' }).uncheck();
  await feed.getByRole('checkbox', { name: 'ticket:updated' }).uncheck();
  await feed.getByText('Seen by the Operator').first().waitFor({ state: 'detached' });
  await feed.getByRole('button', { name: 'From the beginning' }).click();
  await feed.locator('li').filter({ hasText: 'order:created' }).first().waitFor();
  expect(operator.problems).toEqual([]);
  await operator.leave();
});

test('a wrong operator token stays outside', async () => {
  const stranger = await Visitor.arrive(browser, node.url);
  await stranger.goto('/operator');
  await stranger.page.getByLabel('Operator token').fill('guess');
  await stranger.page.getByRole('button', { name: 'Open' }).click();
  await stranger.page.getByText('The node does not accept this token.').waitFor();
  await stranger.leave();
});

test('nothing is wider than a small phone', async () => {
  const [ada, client] = await Visitor.arriveSignedIn(browser, node.url, 'ada', { viewport: { width: 360, height: 740 } });
  const ticket = await client.sell('Donaudampfschifffahrtsgesellschaftskapitänsmütze, the musical, gala night', 999_999.99);
  for (const path of ['/', `/tickets/${ticket.id}`, '/tickets/new', '/selling', '/orders', '/auth/signup', '/operator']) {
    await ada.goto(path);
    await ada.page.locator('main').locator('h1, p').first().waitFor();
    const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect([path, wide]).toEqual([path, 0]);
  }
  await ada.leave();
});
