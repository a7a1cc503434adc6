// What every page owes everybody, whatever it shows: contrast, labels, room on a small phone, and
// that its address works as a plain link.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { everyPage } from './support/everyPage';
import { withNode } from './support/house';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const desktop = { width: 1280, height: 900 };
const small_phone = { width: 320, height: 640 }; // the narrowest that WCAG asks for (1.4.10)

interface AxeResults {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

const house = withNode();

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(() => (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run());
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

test('every page: no rule of accessibility is broken in either theme, and none is wider than a small phone', { timeout: 300_000 }, async () => {
  const { places, visit } = await everyPage(house);
  const found: string[] = [];
  for (const place of places) {
    const { page } = await visit(place);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      found.push(...(await violations(page)).map((violation) => `${place.name} ${colorScheme} ${violation}`));
    }
    await page.setViewportSize(small_phone);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (beyond > 0) found.push(`${place.name} is ${beyond} px wider than a small phone`);
    await page.setViewportSize(desktop);
  }
  expect(found).toEqual([]);
});

test('every address is a plain link: the page comes with its first state', async () => {
  const { places } = await everyPage(house);
  const someone = await house.person('ada');
  const { name, value } = someone.sessionCookie;
  for (const { path } of places.filter((place) => !place.again)) {
    const response = await fetch(house.url + path, { headers: { Accept: 'text/html', Cookie: `${name}=${value}` } });
    expect([path, response.status, response.headers.get('Content-Type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
    const html = await response.text();
    const state: unknown = JSON.parse(/<script type="application\/json" id="initial-state">(.*?)<\/script>/s.exec(html)?.[1] ?? '');
    expect(state).toMatchObject({
      currentUser: { email: someone.email },
      config: { currency: 'usd', gateway: 'sandbox', orderLifetimeMs: 900_000 },
      serverTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
    expect((state as { tickets: { rows: object[] } }).tickets.rows.length).toBeGreaterThan(0);
  }
});

test('motion only for those who want it', async () => {
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    const { page } = await house.visitor({ reducedMotion });
    await page.goto(house.url);
    await page.getByText('Live', { exact: true }).waitFor();
    const moving = await page.evaluate(() => document.getAnimations().length > 0);
    expect([reducedMotion, moving]).toEqual([reducedMotion, reducedMotion === 'no-preference']);
  }
});

test('the guard of these tests works: a breach of the policy and a script error are noticed', async () => {
  const visitor = await house.visitor();
  await visitor.goto('/');
  await visitor.page.evaluate(() => {
    const inline = document.createElement('script');
    inline.textContent = 'window.injected = true';
    document.head.append(inline);
    setTimeout(() => {
      throw new Error('on purpose');
    });
  });
  await expect.poll(() => visitor.problems).toHaveLength(2);
  expect(visitor.problems.join()).toMatch(/Content Security Policy/);
  expect(await visitor.page.evaluate(() => 'injected' in window)).toBe(false);
  visitor.problems.length = 0;
});
