// How the node delivers the page: under a strict policy, compressed, cached, and light.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withNode } from './support/house';

const script_bytes_max = 100_000; // gzip, of everything that a shop page loads

const house = withNode();

test('the page runs under a policy without inline script or style', async () => {
  const response = await fetch(house.url);
  const policy = response.headers.get('Content-Security-Policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe');
  const html = await response.text();
  expect(html).not.toMatch(/<script(?![^>]*(src=|application\/json))/);
  expect(html).not.toMatch(/\sstyle=|<style/);
});

test('assets are hashed, compressed and kept for ever; the page itself is not', async () => {
  const page = await fetch(house.url);
  expect(page.headers.get('Cache-Control')).toMatch(/no-(cache|store)/);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
  expect(script).toMatch(/-[\w-]{8}\.js$/);
  for (const encoding of ['br', 'gzip']) {
    const asset = await fetch(house.url + script, { headers: { 'Accept-Encoding': encoding } });
    expect(asset.headers.get('Content-Encoding')).toBe(encoding);
    expect(asset.headers.get('Cache-Control')).toContain('immutable');
  }
});

test('a shop page loads less than 100 KB of compressed script', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await client.sell('Weighed', 5)).id);
  await client.sell('Left over', 5);
  await ada.page.addInitScript(() => (window.requestIdleCallback = () => 0)); // not what comes later
  for (const path of ['/', `/orders/${order.id}`]) {
    await ada.goto(path);
    await ada.page.getByRole(path === '/' ? 'article' : 'timer').first().waitFor();
    const scripts = await ada.page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.endsWith('.js')),
    );
    const bytes = scripts.reduce((sum, script) => sum + readFileSync(`dist${new URL(script).pathname}.gz`).length, 0);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.some((script) => script.includes('Operator'))).toBe(false);
    expect(bytes, path).toBeLessThan(script_bytes_max);
  }
});
