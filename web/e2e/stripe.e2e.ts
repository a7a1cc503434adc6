// Paying by Stripe: its card form in the page under the page's policy, its charges behind the node.
// Both ends stand on this machine; what is in between is real.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { withNode } from './support/house';

const publishable_key = 'pk_test_of_the_browser_tests';

const charges: { key: string; source: string | null; amount: string | null }[] = [];
const bank = createServer((request, response) => {
  let text = '';
  request.on('data', (part: Buffer) => (text += part.toString()));
  request.on('end', () => {
    const form = new URLSearchParams(text);
    charges.push({ key: String(request.headers['idempotency-key']), source: form.get('source'), amount: form.get('amount') });
    const refused = form.get('source') === 'tok_from_card_form_0002';
    response.writeHead(refused ? 402 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(refused ? { error: { message: 'Your card was declined.' } } : { id: `ch_${charges.length}`, paid: true, captured: true }));
  });
});
await new Promise<void>((done) => bank.listen(0, '127.0.0.1', done));
afterAll(() => bank.close());

// What Stripe.js does as far as the page can see: a field in the page, and a token for what it holds.
const stripe_js = `window.Stripe = (key) => ({
  elements: () => ({ create: () => {
    const input = document.createElement('input');
    input.setAttribute('aria-label', 'Card number');
    return { input, mount: (target) => target.append(input), destroy: () => input.remove(), update() {} };
  } }),
  createToken: async ({ input }) => !input.isConnected
    ? { error: { message: 'The card form is gone.' } }
    : input.value
    ? { token: { id: 'tok_from_card_form_' + input.value.slice(-4) } }
    : { error: { message: 'Your card number is incomplete.' } },
});`;

const house = withNode(
  ...['--set', 'payments.gateway=stripe'],
  ...['--set', `payments.stripe_base_url=http://127.0.0.1:${(bank.address() as AddressInfo).port}`],
  ...['--set', `payments.stripe_publishable_key=${publishable_key}`],
);

test('a card is given to Stripe in the page, and charged once by the node', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await client.sell('By Card', 12.34)).id);
  await ada.page.route('https://js.stripe.com/**', (route) => route.fulfill({ contentType: 'text/javascript', body: stripe_js }));
  await ada.goto(`/orders/${order.id}`);
  const pay = ada.page.getByRole('button', { name: 'Pay $12.34' });
  await ada.page.getByLabel('Card number').waitFor();
  expect(await ada.page.getByText('pretend').count()).toBe(0);
  await pay.click();
  await ada.page.getByText('Your card number is incomplete.').waitFor();
  await ada.page.getByLabel('Card number').fill('4000 0000 0000 0002');
  await pay.click();
  await ada.page.getByText('The bank says: Your card was declined.').waitFor();
  await ada.page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await pay.click();
  await ada.page.getByText('It is yours').waitFor();
  expect(charges.map(({ source, amount }) => [source, amount])).toEqual([
    ['tok_from_card_form_0002', '1234'],
    ['tok_from_card_form_4242', '1234'],
  ]);
  expect(new Set(charges.map(({ key }) => key)).size).toBe(2);
});

test('a card form that cannot be loaded can be tried again', async () => {
  const [ada, client] = await house.signedIn('ada');
  const order = await client.order((await client.sell('Blocked', 5)).id);
  let failures = 1;
  await ada.page.route('https://js.stripe.com/**', (route) =>
    failures-- > 0 ? route.fulfill({ status: 503 }) : route.fulfill({ contentType: 'text/javascript', body: stripe_js }),
  );
  await ada.goto(`/orders/${order.id}`);
  await ada.page.getByText('Stripe’s card form could not be loaded').waitFor();
  expect(await ada.page.getByRole('button', { name: 'Pay $5.00' }).isDisabled()).toBe(true);
  ada.problems.length = 0; // the browser logs the script that did not come
  await ada.page.getByRole('button', { name: 'Try again' }).click();
  await ada.page.getByLabel('Card number').waitFor();
});
