// Debian's Chromium, and people who look at the page with it.
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { Client, newEmail, password } from './client';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: flags,
  });
}

/** One person with a browser of their own (cookies, storage) and one window. */
export class Visitor {
  readonly problems: string[] = []; // what the browser complained about

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
    readonly email: string,
  ) {
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      // Requests that fail on purpose are logged by the browser; broken policies and bugs are not on purpose.
      const text = message.text();
      if (message.type() === 'error' && !/^Failed to load resource/.test(text)) this.problems.push(text);
    });
  }

  static async arrive(browser: Browser, url: string, name = 'visitor', options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
    return new Visitor(context, await context.newPage(), url, newEmail(name));
  }

  /** Arrives signed in; the account is made by the API. */
  static async arriveSignedIn(browser: Browser, url: string, name: string, options: BrowserContextOptions = {}): Promise<[Visitor, Client]> {
    const visitor = await Visitor.arrive(browser, url, name, options);
    const client = await Client.signUp(url, visitor.email);
    await visitor.context.addCookies([{ ...client.sessionCookie, url, httpOnly: true }]);
    return [visitor, client];
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(this.url + path);
  }

  async signUpByForm(): Promise<void> {
    await this.goto('/auth/signup');
    await this.page.getByLabel('E-mail').fill(this.email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('main').getByRole('button', { name: 'Sign up' }).click();
    await this.page.getByTitle(`Signed in as ${this.email}`).waitFor();
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

