// How the node delivers the page: under a strict policy, compressed, cached, and light.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { expect, test } from 'vitest';
import { withNode } from './support/house';

const script_bytes_max = 100_000; // gzip, of everything that a shop page loads
const worker_bytes_max = 2_000; // of the worker that all tabs of a browser share

// As it is sent: what is very small is not compressed.
const weightOf = (file: string) => readFileSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).length;

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
  const ticket = await (await house.person()).sell('Weighed, too', 5);
  for (const path of ['/', `/tickets/${ticket.id}`, `/orders/${order.id}`]) {
    await ada.goto(path);
    await ada.page.getByRole(path.startsWith('/orders') ? 'timer' : 'article').first().waitFor();
    if (path.startsWith('/tickets')) await ada.page.getByText('Listed for').waitFor();
    const scripts = await ada.page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.endsWith('.js')),
    );
    const names = new Set(scripts.map((script) => new URL(script).pathname));
    const bytes = [...names].reduce((sum, name) => sum + weightOf(`dist${name}`), 0);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.some((script) => script.includes('Operator'))).toBe(false);
    expect(bytes, `${path} ${[...names].join(' ')}`).toBeLessThan(script_bytes_max);
  }
  const worker = readdirSync('dist/assets').find((name) => /^feedWorker-.*\.js$/.test(name));
  expect(weightOf(`dist/assets/${worker}`)).toBeLessThan(worker_bytes_max);
});

/** The headers of an answer as they were sent: fetch would join those that came twice. */
function rawHeaders(url: string, headers: Record<string, string> = {}): Promise<[string, string][]> {
  return new Promise((done, fail) => {
    get(url, { headers }, (response) => {
      response.resume();
      const raw = response.rawHeaders;
      done(raw.filter((_, i) => i % 2 === 0).map((name, i) => [name.toLowerCase(), raw[2 * i + 1] ?? '']));
    }).on('error', fail);
  });
}

test('no header comes twice, nothing is taken for another type', async () => {
  const ticket = await (await house.person()).sell('Headers', 5);
  const asset = /src="(\/assets\/[^"]+\.js)"/.exec(await (await fetch(house.url)).text())?.[1] ?? '';
  for (const path of ['/', `/tickets/${ticket.id}`, '/nowhere', asset, '/missing.js', '/api/tickets', '/api/nothing']) {
    const headers = await rawHeaders(house.url + path);
    const names = headers.map(([name]) => name);
    expect([path, names.filter((name, i) => names.indexOf(name) !== i)]).toEqual([path, []]);
    expect([path, new Map(headers).get('x-content-type-options')]).toEqual([path, 'nosniff']);
    expect([path, names.includes('strict-transport-security')]).toEqual([path, false]); // not over plain HTTP
  }
});

test('a link to a ticket says what it is about to those who run no script', async () => {
  const ticket = await (await house.person()).sell('Fish & "Chips" <live>', 12.5);
  const html = await (await fetch(`${house.url}/tickets/${ticket.id}`)).text();
  expect(html).toContain('<title>Fish &amp; &quot;Chips&quot; &lt;live&gt; · Usher</title>');
  expect(html.match(/<title>/g)).toHaveLength(1);
  expect(html.match(/name="description"/g)).toHaveLength(1);
  const meta = (property: string) => new RegExp(`<meta property="og:${property}" content="([^"]*)"`).exec(html)?.[1];
  expect(meta('title')).toBe('Fish &amp; &quot;Chips&quot; &lt;live&gt;');
  expect(meta('description')).toBe('12.50 USD. For sale now.');
  expect(meta('url')).toBe(`${house.url}/tickets/${ticket.id}`);
  const image = await fetch(meta('image') ?? '');
  expect([image.status, image.headers.get('Content-Type')]).toEqual([200, 'image/png']);
  expect(await (await fetch(house.url)).text()).toContain('<meta property="og:title" content="Tickets for sale" />');
});
