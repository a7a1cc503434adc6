// Titles of every length and script can be read in full, everywhere; and everything can be read.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { emoji_title, long_title, rtl_title } from './support/everyPage';
import { withNode } from './support/house';

const house = withNode();

/** Of the title with this text: what of it is cut, on any side. */
function cut(page: Page, title: string): Promise<string[]> {
  return page.evaluate((wanted) => {
    const found: string[] = [];
    const headings = [...document.querySelectorAll<HTMLElement>('h1, h2')].filter((each) => each.textContent === wanted);
    if (headings.length === 0) found.push('not there');
    for (const heading of headings) {
      const range = document.createRange();
      range.selectNodeContents(heading);
      const text = range.getBoundingClientRect();
      for (let box: HTMLElement | null = heading; box && box.tagName !== 'MAIN'; box = box.parentElement) {
        const style = getComputedStyle(box);
        const { top, bottom, left, right } = box.getBoundingClientRect();
        const hides = style.overflow !== 'visible' || style.maskImage !== 'none';
        if (hides && (text.top < top - 1 || text.bottom > bottom + 1 || text.left < left - 1 || text.right > right + 1))
          found.push(`${wanted.slice(0, 20)} is cut by ${box.tagName}.${box.className}`);
      }
    }
    return found;
  }, title);
}

test('long, right-to-left and emoji titles are there in full: list, ticket, payment, own tickets; phone and desktop', async () => {
  const seller = await house.person();
  const [ada, client] = await house.signedIn('ada');
  for (const [i, title] of [long_title, rtl_title, emoji_title, 'Ç'.repeat(200), `${'word '.repeat(39)}last!`].entries()) {
    const ticket = await seller.sell(title, 20 + i);
    const own = await client.sell(title, 20 + i);
    const order = await client.order(ticket.id);
    for (const viewport of [{ width: 1280, height: 900 }, { width: 320, height: 640 }]) {
      await ada.page.setViewportSize(viewport);
      for (const path of ['/', `/tickets/${own.id}`, `/orders/${order.id}`, '/my-tickets', `/tickets/${own.id}/edit`]) {
        await ada.goto(path);
        await ada.page.getByRole('heading', { name: title }).first().waitFor();
        expect([path, viewport.width, await cut(ada.page, title)]).toEqual([path, viewport.width, []]);
      }
    }
  }
});

test('a stamp is never over the title', async () => {
  const seller = await house.person();
  const [ada, client] = await house.signedIn('ada');
  const orders: string[] = [];
  for (const title of [long_title, rtl_title, 'mmmmm '.repeat(5).trim(), 'm'.repeat(26)]) {
    const order = await client.order((await seller.sell(title, 20)).id);
    await client.pay(order.id);
    orders.push(`/orders/${order.id}`);
    const own = await client.sell(title, 20);
    await seller.pay((await seller.order(own.id)).id);
    orders.push(`/tickets/${own.id}`);
  }
  const over: string[] = [];
  let stamps = 0;
  for (const viewport of [{ width: 1280, height: 900 }, { width: 800, height: 900 }, { width: 320, height: 640 }]) {
    await ada.page.setViewportSize(viewport);
    for (const path of [...orders, '/my-tickets']) {
      await ada.goto(path);
      await ada.page.locator('article p[data-tone]').nth(path === '/my-tickets' ? 7 : 0).waitFor();
      const seen = await ada.page.evaluate(() =>
        [...document.querySelectorAll('article')].map((article) => {
          const stamp = article.querySelector('p[data-tone]')?.getBoundingClientRect();
          const title = article.querySelector('h1, h2');
          if (!stamp || !title) return null;
          const range = document.createRange();
          range.selectNodeContents(title);
          const lines = [...range.getClientRects()];
          const slack = 4; // the box around something that is turned is larger than it
          const hit = lines.some((line) => line.right > stamp.left + slack && line.left < stamp.right - slack && line.bottom > stamp.top + slack && line.top < stamp.bottom - slack);
          return hit ? (title.textContent ?? '') : '';
        }),
      );
      stamps += seen.filter((each) => each !== null).length;
      over.push(...seen.filter(Boolean).map((title) => `${path} ${viewport.width} ${title?.slice(0, 30)}`));
    }
  }
  expect(stamps).toBe(3 * (8 + 8));
  expect(over).toEqual([]);
});

test('what is cut is noticed by the test above', async () => {
  const seller = await house.person();
  const ticket = await seller.sell(long_title, 20);
  const visitor = await house.visitor();
  await visitor.goto(`/tickets/${ticket.id}`);
  await visitor.page.getByRole('heading', { name: long_title }).evaluate((heading) => {
    heading.style.maxHeight = '2em'; // by script: the policy allows that
    heading.style.overflow = 'hidden';
  });
  expect(await cut(visitor.page, long_title)).not.toEqual([]);
});

test('a title has its own direction, and leaves room for what hangs below the line', async () => {
  const ticket = await (await house.person()).sell(rtl_title, 20);
  const visitor = await house.visitor();
  await visitor.goto(`/tickets/${ticket.id}`);
  const heading = visitor.page.getByRole('heading', { level: 1 });
  const style = await heading.evaluate((each) => {
    const { direction, lineHeight, fontSize } = getComputedStyle(each);
    return { direction, lines: parseFloat(lineHeight) / parseFloat(fontSize) };
  });
  expect(style.direction).toBe('rtl');
  expect(style.lines).toBeGreaterThan(1.25);
  await visitor.goto('/');
  expect(await visitor.page.getByRole('heading', { name: rtl_title }).first().evaluate((each) => getComputedStyle(each).direction)).toBe('rtl');
  expect(await visitor.page.getByRole('heading', { level: 1 }).evaluate((each) => getComputedStyle(each).direction)).toBe('ltr');
});

test('each page’s tab is called by what it shows', async () => {
  const [ada, client] = await house.signedIn('ada');
  const ticket = await (await house.person()).sell('A Name of its Own', 20);
  const mine = await client.sell('For the Tab', 20);
  const order = await client.order(ticket.id);
  const names: [path: string, title: string][] = [
    ['/', 'Tickets for sale · Usher'],
    ['/?q=own', '“own”: tickets for sale · Usher'],
    [`/tickets/${ticket.id}`, 'A Name of its Own · Usher'],
    [`/orders/${order.id}`, 'Order: A Name of its Own · Usher'],
    [`/tickets/${mine.id}/edit`, 'Change your ticket: For the Tab · Usher'],
    ['/my-tickets', 'My tickets · Usher'],
    ['/tickets/0123456789abcdef01234567', 'No such seat · Usher'],
  ];
  for (const [path, title] of names) {
    await ada.goto(path);
    await expect.poll(() => ada.page.title()).toBe(title);
  }
  // And by a link, when the ticket is known already.
  await ada.goto('/my-tickets');
  await ada.page.getByRole('link', { name: 'A Name of its Own' }).click();
  await expect.poll(() => ada.page.title()).toBe('Order: A Name of its Own · Usher');
});

test('stamps and print stand out from every stock of paper, in either theme', async () => {
  await (await house.person()).sell('Stamped', 20);
  const visitor = await house.visitor();
  await visitor.goto('/');
  await visitor.page.getByRole('article').first().waitFor();
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await visitor.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(
      ...(await visitor.page.evaluate((theme) => {
        const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        if (!pixel) throw new Error('no canvas');
        const rgb = (color: string) => {
          pixel.clearRect(0, 0, 1, 1);
          pixel.fillStyle = color;
          pixel.fillRect(0, 0, 1, 1);
          return [...pixel.getImageData(0, 0, 1, 1).data];
        };
        const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
          const part = (v: number) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
          return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
        };
        const contrast = (a: number[], b: number[]) => {
          const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
          return (light + 0.05) / (dark + 0.05);
        };
        const low: string[] = [];
        const article = document.querySelector('article');
        const [sheet, face, title, micro, price] = ['[class]', 'h2', 'h2', 'p', 'p'].map((s) => article?.querySelector(s));
        const body = face?.closest('div')?.parentElement;
        if (!article || !sheet || !title || !micro || !price || !body) throw new Error('no ticket');
        const stampClass = [...document.styleSheets].flatMap((s) => [...s.cssRules]).map((r) => /^\.([\w-]+)\[data-tone="quiet"\]/.exec(r.cssText)?.[1]).find(Boolean);
        const stamp = document.createElement('p');
        stamp.className = stampClass ?? '';
        article.append(stamp);
        let measured = 0;
        for (let stock = 0; stock < 7; ++stock) {
          for (const state of ['open', 'held', 'sold', 'void']) {
            article.dataset.stock = String(stock);
            article.dataset.state = state;
            const check = (name: string, element: Element, ground: Element) => {
              const back = rgb(getComputedStyle(ground).backgroundColor);
              if (back[3] !== 255) low.push(`${theme} ${stock} ${state} ${name}: what is behind it shows`);
              const ratio = contrast(rgb(getComputedStyle(element).color), back);
              measured += 1;
              if (ratio < 4.5) low.push(`${theme} ${stock} ${state} ${name}: ${ratio.toFixed(2)}`);
            };
            for (const tone of ['bad', 'good', 'quiet']) {
              stamp.dataset.tone = tone;
              check(`stamp ${tone}`, stamp, stamp);
            }
            check('title', title, body);
            check('serial', micro, body);
          }
        }
        if (measured !== 7 * 4 * 5) low.push(`measured ${measured}`);
        return low;
      }, colorScheme)),
    );
  }
  expect(found).toEqual([]);
});
