// Pictures of every page, for people to look at: web/screenshots/<page>-<theme>-<width>.png.
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { everyPage, type Tour } from './support/everyPage';
import { withNode } from './support/house';

const folder = 'screenshots';
const sizes = { phone: { width: 360, height: 780 }, desktop: { width: 1280, height: 1000 } };
const themes = ['light', 'dark'] as const;
const only = process.env.SHOTS?.split(','); // names, to look at a few only

mkdirSync(folder, { recursive: true });
const house = withNode('--order-ttl', '15m');
const hasty = withNode('--order-ttl', '2s');

test('pictures of every page', async () => {
  const tour = await everyPage(house);
  const places = tour.places.filter(({ name }) => only?.includes(name) ?? true);
  await picture(tour.visitors, places.map((place) => [place.name, () => shown(tour, place)]));
});

test('pictures of what passes soon', async () => {
  const stranger = await hasty.visitor();
  const [ada, client] = await hasty.signedIn('ada');
  const shots: [string, () => Promise<Page>][] = [
    ['list-empty', async () => {
      await stranger.context.setOffline(false);
      await stranger.goto('/');
      await stranger.page.getByText('Nothing is for sale').waitFor();
      return stranger.page;
    }],
    ['order-expired', async () => {
      const ticket = await client.sell('The Early Bird Sings Late', 12);
      const order = await client.order(ticket.id);
      await ada.goto(`/orders/${order.id}`);
      await ada.page.getByText('Time ran out', { exact: true }).waitFor();
      await ada.page.getByText('Cancelled: time ran out').waitFor();
      await client.pay((await client.order(ticket.id)).id); // the next picture is of an empty house
      return ada.page;
    }],
    ['offline', async () => {
      await stranger.context.setOffline(false); // as the picture before left it
      await stranger.goto('/');
      await stranger.page.getByText('Live', { exact: true }).waitFor();
      await stranger.context.setOffline(true);
      await stranger.page.getByText('You are offline').waitFor();
      return stranger.page;
    }],
  ];
  await picture([stranger, ada], shots.filter(([name]) => only?.includes(name) ?? true));
});

async function shown(tour: Tour, place: Tour['places'][number]): Promise<Page> {
  return (await tour.visit(place)).page;
}

async function picture(visitors: Tour['visitors'], shots: [name: string, show: () => Promise<Page>][]): Promise<void> {
  for (const colorScheme of themes) {
    for (const [size_name, size] of Object.entries(sizes)) {
      for (const { page } of visitors) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize(size);
      }
      for (const [name, show] of shots) {
        const page = await show();
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        // A window as tall as the page keeps what is fixed to its edge at the page's edge. A list of
        // tickets would go on for ever.
        const tall = !name.startsWith('list');
        if (tall) await page.setViewportSize({ ...size, height });
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${size_name}.png` });
        await page.setViewportSize(size);
      }
    }
  }
  expect(only ?? shots).not.toHaveLength(0);
}
