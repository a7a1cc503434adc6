// The blog's page (examples/blog/page): one list, live, in the words of its contract.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { withBlog } from './support/house';
import { operator_token } from './support/node';

const house = withBlog();
const pending = 'This comment is awaiting moderation';
const rejected = 'This comment has been rejected';

async function arrive(viewport = { width: 1000, height: 800 }): Promise<Page> {
  const visitor = await house.visitor({ viewport });
  await visitor.goto('/');
  return visitor.page;
}

async function publish(page: Page, title: string): Promise<void> {
  await page.getByLabel('New post').fill(title);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
}

const post = (page: Page, title: string) => page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

async function comment(page: Page, title: string, content: string): Promise<void> {
  await post(page, title).getByLabel('Comment').fill(content);
  await post(page, title).getByRole('button', { name: 'Comment' }).click();
}

async function ask(method: string, path: string, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${operator_token}` };
  const answer = await fetch(house.url + path, { method, headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}

test('an empty blog says so, and the first post takes the words away', async () => {
  const page = await arrive();
  const words = page.getByText('Nothing has been written yet.');
  await words.waitFor();
  await publish(page, 'The first');
  expect(await words.isVisible()).toBe(false);
});

test('what one writes another sees at once, moderated', async () => {
  const [ada, bela] = [await arrive(), await arrive()];
  await publish(ada, 'Fruit');
  await post(bela, 'Fruit').waitFor();
  await comment(bela, 'Fruit', 'apples are fine');
  await comment(ada, 'Fruit', 'an orange is not');
  for (const page of [ada, bela]) {
    await post(page, 'Fruit').getByRole('listitem').filter({ hasText: 'apples are fine' }).waitFor();
    await post(page, 'Fruit').getByRole('listitem').filter({ hasText: rejected }).waitFor();
    expect(await page.getByText('an orange').count()).toBe(0);
  }
});

test('while the moderator is away comments wait, and are shown when it is back', async () => {
  const [ada, bela] = [await arrive(), await arrive()];
  await publish(ada, 'Patience');
  await ask('PUT', '/moderation', { running: false });
  await comment(ada, 'Patience', 'worth waiting for');
  for (const page of [ada, bela]) await post(page, 'Patience').getByText(pending).waitFor();
  await ask('PUT', '/moderation', { running: true });
  for (const page of [ada, bela]) {
    await post(page, 'Patience').getByText('worth waiting for').waitFor();
    expect(await post(page, 'Patience').getByText(pending).count()).toBe(0);
  }
});

test('the longest title makes no window scroll sideways, and markup is text', async () => {
  const page = await arrive({ width: 320, height: 700 });
  await ask('POST', '/posts', { title: 'W'.repeat(1000) });
  await ask('POST', '/posts', { title: '<b>bold</b>' });
  await page.getByRole('heading', { name: '<b>bold</b>' }).waitFor();
  await page.getByRole('heading', { name: 'W'.repeat(1000) }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});

test('two clicks publish once', async () => {
  const page = await arrive();
  let asked = 0;
  let answer = (): void => undefined; // lets the first one through, when both clicks have been made
  const held = new Promise<void>((done) => (answer = done));
  await page.route('**/posts', async (route) => {
    if (route.request().method() === 'POST') {
      asked += 1;
      await held;
    }
    await route.continue();
  });
  await page.getByLabel('New post').fill('Only once');
  await page.getByLabel('New post').press('Enter');
  await page.getByLabel('New post').press('Enter');
  await page.getByRole('button', { name: 'Publish' }).click({ force: true });
  answer();
  await page.getByRole('heading', { name: 'Only once' }).waitFor();
  await publish(page, 'And after it another');
  expect(await page.getByRole('heading', { name: 'Only once' }).count()).toBe(1);
  expect(asked).toBe(2); // one each
});

test('when the blog is gone the page says so and keeps what was written; when it is back it goes on', async () => {
  const page = await arrive();
  await publish(page, 'Before');
  await house.node.kill();
  await page.getByLabel('New post').fill('In between');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('status').getByText("The blog can't be reached").waitFor();
  expect(await page.getByLabel('New post').inputValue()).toBe('In between');
  await house.node.resume();
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('heading', { name: 'In between' }).waitFor();
  expect(await page.getByRole('status').textContent()).toBe('');
  await ask('POST', '/posts', { title: 'Live again' });
  await page.getByRole('heading', { name: 'Live again' }).waitFor();
});

// The last one: it leaves more posts than a page of the list has.
test('who publishes sees the post, though the list has not been read to its end', async () => {
  for (let written = 0; written < 1000; written += 50)
    await Promise.all(Array.from({ length: 50 }, (_, i) => ask('POST', '/posts', { title: `Post ${written + i}` })));
  const page = await arrive();
  await page.getByRole('button', { name: 'Show more posts' }).waitFor();
  await publish(page, 'Mine');
  await page.getByRole('button', { name: 'Show more posts' }).click();
  await page.getByRole('button', { name: 'Show more posts' }).waitFor({ state: 'hidden' });
  expect(await page.getByRole('heading', { name: 'Mine', exact: true }).count()).toBe(1);
});
