// Figures in the manner of Lighthouse, measured offline: weights of what is built, time to the first
// ticket on loopback (cold cache), and long tasks. Printed, not asserted: machines differ.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withNode } from './support/house';

const tickets = 200;
const loads = 9;
const changes = 30; // of a price, under the eyes of another browser
const slow_cpu = 4; // times slower, as Lighthouse does for a phone

const house = withNode();

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test('weights', () => {
  const folder = 'dist/assets';
  const size = (name: string) => {
    try {
      return statSync(join(folder, name)).size;
    } catch {
      return null;
    }
  };
  const rows = readdirSync(folder)
    .filter((name) => !/\.(br|gz)$/.test(name))
    .map((name) => ({ file: name, bytes: size(name), gzip: size(`${name}.gz`), brotli: size(`${name}.br`) }));
  console.table(rows);
  expect(rows.length).toBeGreaterThan(0);
});

test('time to the first ticket, and long tasks', async () => {
  const seller = await house.person();
  for (let i = 0; i < tickets; ++i) await seller.sell(`Show number ${i}, somewhere in town`, 5 + i);
  for (const [name, rate] of [['this machine', 1], [`CPU ${slow_cpu} times slower`, slow_cpu]] as const) {
    const measured: Awaited<ReturnType<typeof load>>[] = [];
    for (let i = 0; i < loads; ++i) measured.push(await load(rate));
    const of = (pick: (one: (typeof measured)[number]) => number) => Math.round(median(measured.map(pick)));
    console.log(
      `${name}, median of ${loads} cold loads: first byte ${of((m) => m.firstByte)} ms, first paint = first ticket ` +
        `${of((m) => m.paint)} ms, largest paint ${of((m) => m.largest)} ms, ` +
        `layout shift ${Math.max(...measured.map((m) => m.shift)).toFixed(3)}, ` +
        `long tasks ${of((m) => m.longTasks)} (${of((m) => m.longest)} ms the longest), requests ${of((m) => m.requests)}`,
    );
    expect(measured.every((m) => m.ticketsAtPaint > 0)).toBe(true);
  }
});

test('from the answer to a price change until another browser has drawn it', async () => {
  const seller = await house.person();
  const ticket = await seller.sell('Watched', 1);
  const watcher = await house.visitor();
  await watcher.goto('/');
  const price = watcher.page.getByRole('article').filter({ hasText: 'Watched' }).locator('p', { hasText: '$' }).first();
  await price.waitFor();
  await watcher.page.getByText('Live', { exact: true }).waitFor();
  const delays: number[] = [];
  for (let i = 2; i < changes + 2; ++i) {
    const drawn = price.evaluate(
      (element, shown) =>
        new Promise<number>((done) => {
          const look = () => (element.textContent?.includes(shown) ? requestAnimationFrame(() => done(Date.now())) : requestAnimationFrame(look));
          look();
        }),
      `$${i}.00`,
    );
    await seller.edit(ticket.id, 'Watched', i);
    const answered = Date.now();
    delays.push((await drawn) - answered);
  }
  console.log(`live: median ${median(delays)} ms, longest ${Math.max(...delays)} ms, of ${changes} changes (one machine, one clock)`);
  expect(delays).toHaveLength(changes);
});

async function load(rate: number) {
  const visitor = await house.visitor();
  const devtools = await visitor.context.newCDPSession(visitor.page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate });
  await visitor.page.addInitScript(() => {
    const seen = { longTasks: [] as number[], shift: 0, largest: 0, ticketsAtPaint: 0 };
    Object.assign(window, { seen });
    const watch = (type: string, take: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch('longtask', (entry) => seen.longTasks.push(entry.duration));
    watch('layout-shift', (entry) => (seen.shift += (entry as PerformanceEntry & { value: number }).value));
    watch('largest-contentful-paint', (entry) => (seen.largest = entry.startTime));
    watch('paint', () => (seen.ticketsAtPaint ||= document.querySelectorAll('article').length));
  });
  await visitor.goto('/');
  await visitor.page.waitForTimeout(1_500);
  const result = await visitor.page.evaluate(() => {
    const { seen } = window as unknown as { seen: { longTasks: number[]; shift: number; largest: number; ticketsAtPaint: number } };
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return {
      ...seen,
      firstByte: navigation?.responseStart ?? 0,
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
      longTasks: seen.longTasks.length,
      longest: Math.max(0, ...seen.longTasks),
      requests: performance.getEntriesByType('resource').length + 1,
    };
  });
  await house.showOut();
  return result;
}
