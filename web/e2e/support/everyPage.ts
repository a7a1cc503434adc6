// Every page of the client in the states that people meet it in, over one scene: for pictures, and
// for what must hold on all of them.
import type { Page } from 'playwright-core';
import type { Visitor } from './browser';
import type { Client, Made } from './client';
import type { House } from './house';
import { operator_token } from './node';

type Who = 'stranger' | 'ada' | 'newcomer';

export interface Place {
  name: string;
  who: Who;
  path: string;
  shows: string | RegExp; // text that is there when the page is complete
  /** Makes anew what passes by itself, and says where it is. */
  again?: () => Promise<string>;
  first?: (page: Page) => Promise<unknown>; // before going there
  /** What the person does there before it is looked at. */
  then?: (page: Page) => Promise<unknown>;
}

export interface Tour {
  places: Place[];
  visit: (place: Place) => Promise<Visitor>;
  visitors: Visitor[];
}

const shows: [title: string, price: number][] = [
  ['Donaudampfschifffahrtsgesellschaftskapitänsmütze, the musical: gala night with every verse of it, and supper', 999_999.99],
  ['Night Bus to Saturn, upper deck', 24],
  ['The Paper Moths, 14 June', 38.5],
  ['Hamlet on Ice', 61],
  ['Cello for Beginners and their Neighbours', 12],
  ['Lunar Football Final, block C row 7', 145],
  ['Low Tide Disco', 18],
  ['An Evening with Nobody in Particular', 9.99],
  ['Kraków Jazz Cellar: late set', 27.5],
  ['Opera about a Lighthouse', 84],
  ['Slow Film Festival, day pass', 33],
  ['Brass Band versus Thunderstorm', 16],
  ['Museum after Dark', 22],
  ['The Last Analogue Synth', 49],
  ['Stand-up, seated', 14.5],
  ['Velvet Riot, farewell tour, standing', 72],
];

export const long_title =
  'The complete and unabridged history of the municipal brass band, told in four evenings by those who were there, with slides, supper and a Donaudampfschifffahrtsgesellschaftskapitän who plays spoons'.padEnd(200, '!');
export const rtl_title = 'أمسية موسيقية في حديقة الجامعة — مقاعد الصف الأول (النسخة 2)';
export const emoji_title = '🎪👩‍👩‍👧‍👦 Circus for everybody 🐘🇺🇦 ✨ matinée 🎟️';

export async function everyPage(house: House): Promise<Tour> {
  const stranger = await house.visitor();
  const [newcomer] = await house.signedIn('newcomer');
  const [ada, me] = await house.signedIn('ada');
  const [seller, buyer] = [await house.person('bela'), await house.person('cleo')];

  const tickets: Made[] = [];
  for (const [title, price] of shows) tickets.push(await seller.sell(title, price));
  const id = (title: string) => tickets[shows.findIndex(([name]) => name.startsWith(title))]?.id ?? '';

  await seller.edit(id('Lunar'), 'Lunar Football Final, block C row 7', 160);
  await seller.edit(id('Lunar'), 'Lunar Football Final, block C row 7', 145);
  const held = await seller.sell('Rehearsal of a Dream', 20);
  await seller.edit(held.id, 'Rehearsal of a Dream', 17.5);
  await buyer.order(held.id);
  const sold = await seller.sell('Piano, Four Hands, One Foot', 44);
  await buyer.pay((await buyer.order(sold.id)).id);

  const long = await seller.sell(long_title, 48);
  const rtl = await seller.sell(rtl_title, 30);
  const emoji = await seller.sell(emoji_title, 21);
  await buyer.order(emoji.id);
  const longOrder = await me.order(long.id);
  const longMine = await me.sell(`${long_title.slice(0, -3)} II`, 1_234.5);
  const rtlPaid = await me.order(rtl.id);
  await me.pay(rtlPaid.id);

  const mine = await me.sell('Two Ghosts and a Bicycle', 26);
  const mineHeld = await me.sell('Choir of Small Engines', 31);
  await buyer.order(mineHeld.id);
  await buyer.pay((await buyer.order((await me.sell('Tango for Three', 19)).id)).id);
  const open = await me.order(id('Hamlet'));
  const declined = await me.order(id('Stand-up'));
  await me.pay(declined.id, 'tok_chargeDeclinedInsufficientFunds').catch(() => undefined);
  const paid = await me.order(id('Opera'));
  await me.pay(paid.id);
  const gone = await me.order(id('Brass'));
  await me.send('DELETE', `/api/orders/${gone.id}`);
  const taken = buyer.email;

  const charge = async () => {
    const order = await me.order((await seller.sell('The Slowest Bank in Town', 15)).id);
    void me.pay(order.id, 'tok_slow').catch(() => undefined);
    return `/orders/${order.id}`;
  };
  const enter = async (page: Page, email: string, password: string, button: string) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('main').getByRole('button', { name: button }).click();
  };
  const openControlRoom = async (page: Page, token: string) => {
    await page.getByLabel('Operator token').fill(token);
    await page.getByRole('button', { name: 'Open' }).click();
  };

  const places: Place[] = [
    { name: 'list', who: 'stranger', path: '/', shows: 'Two Ghosts and a' },
    { name: 'list-signed-in', who: 'ada', path: '/', shows: 'Sold by you' },
    { name: 'list-nothing-found', who: 'stranger', path: '/?q=zzz', shows: 'Nothing matches' },
    {
      name: 'list-busy', who: 'stranger', path: '/?q=velvet', shows: 'We’ll keep trying',
      first: (page) =>
        page.route('**/api/tickets?*', (route) => route.fulfill({ status: 503, json: { errors: [{ message: 'Busy' }] } })),
    },
    { name: 'ticket', who: 'newcomer', path: `/tickets/${id('Lunar')}`, shows: 'Price $160.00 → $145.00' },
    { name: 'ticket-stranger', who: 'stranger', path: `/tickets/${id('The Paper')}`, shows: 'Listed for $38.50' },
    { name: 'ticket-long-title', who: 'newcomer', path: `/tickets/${id('Donau')}`, shows: 'Listed for $999,999.99' },
    { name: 'ticket-200-characters', who: 'newcomer', path: `/tickets/${longMine.id}`, shows: 'Listed for $1,234.50' },
    { name: 'ticket-rtl', who: 'newcomer', path: `/tickets/${rtl.id}`, shows: 'This ticket is sold' },
    { name: 'ticket-emoji', who: 'newcomer', path: `/tickets/${emoji.id}`, shows: 'Someone is buying this ticket' },
    { name: 'order-200-characters', who: 'ada', path: `/orders/${longOrder.id}`, shows: 'What happened' },
    { name: 'order-rtl-paid', who: 'ada', path: `/orders/${rtlPaid.id}`, shows: 'It is yours' },
    { name: 'edit-200-characters', who: 'ada', path: `/tickets/${longMine.id}/edit`, shows: 'How it will look' },
    { name: 'list-rtl', who: 'stranger', path: `/?q=${encodeURIComponent('עברית')}`, shows: 'Nothing matches' },
    { name: 'ticket-own', who: 'ada', path: `/tickets/${mine.id}`, shows: 'Change title or price' },
    {
      name: 'ticket-signed-out-elsewhere', who: 'newcomer', path: `/tickets/${mine.id}`, shows: /^Buy for/,
      then: async (page) => {
        await page.route('**/api/users/currentuser', (route) => route.fulfill({ json: { currentUser: null } }));
        await page.evaluate(() => void window.dispatchEvent(new Event('focus')));
        await page.getByText('You have been signed out').waitFor();
      },
    },
    { name: 'ticket-held', who: 'stranger', path: `/tickets/${held.id}`, shows: 'Someone is buying this ticket' },
    { name: 'ticket-held-by-me', who: 'ada', path: `/tickets/${id('Hamlet')}`, shows: 'You have an open order' },
    { name: 'ticket-sold', who: 'stranger', path: `/tickets/${sold.id}`, shows: 'This ticket is sold' },
    { name: 'ticket-unknown', who: 'stranger', path: '/tickets/0123456789abcdef01234567', shows: 'No such' },
    {
      name: 'sell', who: 'ada', path: '/tickets/new', shows: 'How it will look',
      then: async (page) => {
        await page.getByLabel('What is it for?').fill('Orchestra of Lost Umbrellas, 3 May');
        await page.getByLabel('Price', { exact: true }).fill('free');
        await page.getByRole('button', { name: 'List it for sale' }).click();
        await page.getByText('Price must be').waitFor();
      },
    },
    { name: 'edit', who: 'ada', path: `/tickets/${mine.id}/edit`, shows: 'How it will look' },
    {
      name: 'edit-stale', who: 'ada', path: `/tickets/${mine.id}/edit`, shows: 'How it will look',
      then: async (page) => {
        await page.getByLabel('Price', { exact: true }).fill('28');
        const before = await page.getByLabel('What is it for?').inputValue();
        const vehicle = before.includes('Bicycle') ? 'Tandem' : 'Bicycle';
        await me.edit(mine.id, `Two Ghosts and a ${vehicle}`, 30);
        await page.getByRole('row', { name: new RegExp(`Now.*${vehicle}`) }).waitFor();
      },
    },
    { name: 'edit-locked', who: 'ada', path: `/tickets/${mineHeld.id}/edit`, shows: 'It is on hold or sold' },
    { name: 'my-tickets', who: 'ada', path: '/my-tickets', shows: /^Sold on/ },
    { name: 'my-tickets-empty', who: 'newcomer', path: '/my-tickets', shows: 'You are not selling anything yet' },
    { name: 'orders', who: 'ada', path: '/orders', shows: 'Hamlet on Ice' },
    { name: 'orders-empty', who: 'newcomer', path: '/orders', shows: 'No orders yet' },
    { name: 'order-open', who: 'ada', path: `/orders/${open.id}`, shows: 'What happened' },
    { name: 'order-declined', who: 'ada', path: `/orders/${declined.id}`, shows: 'The card was declined' },
    { name: 'order-charging', who: 'ada', path: '', again: charge, shows: 'Card sent to the bank' },
    { name: 'order-paid', who: 'ada', path: `/orders/${paid.id}`, shows: 'It is yours' },
    { name: 'order-cancelled', who: 'ada', path: `/orders/${gone.id}`, shows: 'Cancelled: by you' },
    { name: 'order-of-another', who: 'newcomer', path: `/orders/${open.id}`, shows: 'This belongs to someone else' },
    { name: 'order-unknown', who: 'ada', path: '/orders/0123456789abcdef01234567', shows: 'No such' },
    {
      name: 'signin', who: 'stranger', path: '/auth/signin', shows: 'Welcome back',
      then: async (page) => {
        await enter(page, 'nobody@example.com', 'guess', 'Sign in');
        await page.getByText('Invalid credentials').waitFor();
      },
    },
    {
      name: 'signup', who: 'stranger', path: '/auth/signup', shows: 'Come on in',
      then: async (page) => {
        await enter(page, taken, 'x', 'Sign up');
        await page.getByText('Password must be').waitFor();
      },
    },
    { name: 'signed-out', who: 'stranger', path: '/auth/signout', shows: 'You are signed out' },
    { name: 'not-found', who: 'stranger', path: '/nowhere', shows: 'No such seat' },
    { name: 'control-room-door', who: 'newcomer', path: '/operator', shows: 'Operator token' },
    {
      name: 'control-room-refused', who: 'newcomer', path: '/operator', shows: 'Operator token',
      then: async (page) => {
        await openControlRoom(page, 'guess');
        await page.getByRole('button', { name: 'Try again' }).waitFor();
      },
    },
    {
      name: 'control-room', who: 'stranger', path: '/operator', shows: 'Operator token',
      then: async (page) => {
        await openControlRoom(page, operator_token);
        await page.getByRole('listitem').filter({ hasText: 'Active actors' }).waitFor();
        await traffic(seller);
        await page.getByRole('listitem').filter({ hasText: 'payment:created' }).first().waitFor();
      },
    },
  ];

  const visitors = { stranger, ada, newcomer };
  const visit = async (place: Place): Promise<Visitor> => {
    const visitor = visitors[place.who];
    const { page } = visitor;
    await page.evaluate(() => sessionStorage.clear()).catch(() => undefined); // nothing on a window's first page
    await page.unrouteAll();
    await place.first?.(page);
    await visitor.goto(place.again ? await place.again() : place.path);
    await page.locator('main').getByText(place.shows).first().waitFor();
    await place.then?.(page);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    return visitor;
  };
  return { places, visit, visitors: Object.values(visitors) };
}

/** Some seconds of selling and buying, so that there is something to see on charts. */
async function traffic(client: Client, seconds = 6): Promise<void> {
  for (let second = 0; second < seconds; ++second) {
    const until = Date.now() + 1_000;
    const wanted = 5 + 20 * Math.abs(Math.sin(second));
    for (let i = 0; i < wanted && Date.now() < until; ++i) {
      const ticket = await client.sell(`Load ${second}.${i}`, 5 + i);
      await client.pay((await client.order(ticket.id)).id);
    }
    await new Promise((done) => setTimeout(done, Math.max(0, until - Date.now())));
  }
}
