// Signing up, in and out.
import { expect, test } from 'vitest';
import { password } from './support/client';
import { withNode } from './support/house';

const house = withNode();

test('errors stand at their fields, as the server says them', async () => {
  const visitor = await house.visitor();
  const { page } = visitor;
  await visitor.goto('/auth/signup');
  await page.getByLabel('E-mail').fill('nonsense');
  await page.getByRole('main').getByRole('button', { name: 'Sign up' }).click();
  await page.getByText('Email must be valid').waitFor();
  await page.getByText('Password must be between 4 and 20 characters').waitFor();
  const email = page.getByLabel('E-mail');
  expect(await email.evaluate((input) => input === document.activeElement)).toBe(true);
  const described = await email.evaluate((input) => document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent);
  expect(described).toBe('Email must be valid');
});

test('whoever wants to buy signs in on the way, and is signed out when they say so', async () => {
  const ticket = await (await house.person()).sell('For Members Only', 30);
  const member = await house.person('member');
  const visitor = await house.visitor();
  const { page } = visitor;
  await visitor.goto(`/tickets/${ticket.id}`);
  await page.getByRole('link', { name: 'Sign in to buy' }).click();
  await page.getByLabel('E-mail').fill(member.email);
  await page.getByLabel('Password', { exact: true }).fill('wrong password');
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Invalid credentials').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Buy for $30.00' }).waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign up' }).waitFor();
  await visitor.goto('/orders'); // a page for somebody
  await page.waitForURL('**/auth/signin?to=/orders');
});

test('the house lights stay as they were left', async () => {
  const visitor = await house.visitor({ colorScheme: 'light' });
  const { page } = visitor;
  await visitor.goto('/');
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'Turn the house lights off' }).click();
  expect(await background()).not.toBe(light);
  const dark = await background();
  await page.reload();
  await page.getByRole('button', { name: 'Turn the house lights on' }).waitFor();
  expect(await background()).toBe(dark);
});
