// The tickets for sale: there at once, alive, and endless.
import { expect, test } from 'vitest';
import { withNode } from './support/house';

const house = withNode();

test('the first paint has the list and the user, without a request and without a flash', async () => {
  await (await house.person()).sell('First Paint', 5);
  const [ada] = await house.signedIn('ada');
  const asked: string[] = [];
  ada.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await ada.withoutWorker();
  await ada.page.route('**/api/**', (route) => route.abort());
  await ada.page.addInitScript(() => {
    const counts: number[] = [];
    Object.assign(window, { counts });
    new PerformanceObserver(() => counts.push(document.querySelectorAll('article').length)).observe({ type: 'paint', buffered: true });
  });
  await ada.goto('/');
  await ada.page.getByRole('heading', { name: 'First Paint' }).waitFor();
  await ada.page.getByTitle(`Signed in as ${ada.email}`).waitFor();
  const counts = () => ada.page.evaluate(() => (window as unknown as { counts: number[] }).counts);
  await expect.poll(counts).not.toEqual([]);
  expect(Math.min(...(await counts()))).toBeGreaterThan(0); // nothing was painted without tickets
  expect(asked.filter((path) => path === '/api/tickets' || path === '/api/users/currentuser')).toEqual([]);
});

test('another browser sees it all live: listed, changed, held, free again, sold', async () => {
  const watcher = await house.visitor();
  await watcher.goto('/');
  await watcher.page.getByText('Live', { exact: true }).waitFor();
  const [bela, cleo] = [await house.person('bela'), await house.person('cleo')];
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
  expect(watcher.page.url()).toBe(`${house.url}/`); // nothing was reloaded
  expect(await watcher.page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
});

test('an answer that is older than an event does not take the event back', async () => {
  const seller = await house.person();
  const ticket = await seller.sell('Overtaken', 20);
  const watcher = await house.visitor();
  let release = () => undefined as void;
  const released = new Promise<void>((resolve) => (release = resolve));
  await watcher.page.route('**/api/tickets?*', async (route) => {
    const old = await route.fetch();
    await released;
    await route.fulfill({ response: old });
  });
  const asked = watcher.page.waitForRequest('**/api/tickets?*'); // as soon as the feed is open
  await watcher.goto('/');
  await asked;
  await seller.edit(ticket.id, 'Overtaken', 22);
  await seller.sell('Overtaker', 21);
  const answered = watcher.page.waitForResponse('**/api/tickets?*');
  await watcher.page.getByRole('heading', { name: 'Overtaker' }).waitFor();
  release();
  await (await answered).finished();
  await watcher.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(await watcher.page.getByRole('heading', { name: 'Overtaker' }).count()).toBe(1);
  expect(await watcher.page.getByRole('article').filter({ hasText: 'Overtaken' }).getByText('$22.00').count()).toBe(1);
});

test('a node that is busy is asked again until it answers', async () => {
  await (await house.person()).sell('Patience', 20);
  const visitor = await house.visitor();
  let refusals = 2;
  await visitor.page.route('**/api/tickets?*', (route) =>
    refusals-- > 0
      ? route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, json: { errors: [{ message: 'Busy' }] } })
      : route.continue(),
  );
  await visitor.goto('/?q=patience');
  await visitor.page.getByText('We’ll keep trying').waitFor();
  await visitor.page.getByRole('heading', { name: 'Patience' }).waitFor();
  expect(await visitor.page.getByText('We’ll keep trying').count()).toBe(0);
});

test('searching, sorting, and the way back', async () => {
  const client = await house.person();
  await client.sell('Zebra Crossing, dear', 900);
  await client.sell('Zebra Crossing, cheap', 1);
  const ada = await house.visitor();
  await ada.goto('/');
  await ada.page.getByRole('searchbox').fill('zebra');
  await ada.page.getByRole('radio', { name: 'Dearest first' }).check();
  await ada.page.waitForURL('**/?q=zebra&sort=-price');
  const titles = ada.page.getByRole('heading', { level: 2 });
  await expect.poll(() => titles.allTextContents()).toEqual(['Zebra Crossing, dear', 'Zebra Crossing, cheap']);
  await titles.first().getByRole('link').click();
  await ada.page.getByRole('heading', { level: 1, name: 'Zebra Crossing, dear' }).waitFor();
  await ada.page.goBack();
  await titles.nth(1).waitFor();
  expect(await ada.page.getByRole('searchbox').inputValue()).toBe('zebra');
});

test('the list goes on for as long as there are tickets, each of them once', async () => {
  const client = await house.person();
  const count = 60; // more than two pages
  for (let i = 0; i < count; ++i) await client.sell(`Endless Encore ${String(i).padStart(2, '0')}`, 5 + i);
  const visitor = await house.visitor();
  await visitor.goto('/?q=encore&sort=price');
  const rows = visitor.page.getByRole('article');
  await expect
    .poll(async () => {
      await visitor.page.mouse.wheel(0, 3_000);
      return rows.count();
    }, { timeout: 20_000 })
    .toBe(count);
  await visitor.page.getByText('That is all there is.').waitFor();
  const titles = await visitor.page.getByRole('heading', { level: 2 }).allTextContents();
  expect(titles).toEqual(Array.from({ length: count }, (_, i) => `Endless Encore ${String(i).padStart(2, '0')}`));
});
