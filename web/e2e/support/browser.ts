// Debian's Chromium, and people who look at the page with it.
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type ConsoleMessage, type Page } from 'playwright-core';
import { password } from './client';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage', // containers give it little
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
    this.watch(page);
  }

  private watch(page: Page): void {
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (isProblem(message)) this.problems.push(`${message.text()} (${message.location().url})`);
    });
  }

  static async arrive(browser: Browser, url: string, email: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
    return new Visitor(context, await context.newPage(), url, email);
  }

  /** As in a browser that has none (Chrome on Android): what the tab asks is then seen by `page.route`. */
  async withoutWorker(): Promise<void> {
    await this.page.addInitScript(() => void Reflect.deleteProperty(window, 'SharedWorker'));
  }

  /** Another tab of the same browser. */
  async anotherTab(): Promise<Page> {
    const page = await this.context.newPage();
    this.watch(page);
    return page;
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

// Errors and warnings, which is how breaches of the Content-Security-Policy are told, too. What is
// no mistake of the page: the API refused something, or the line was cut.
function isProblem(message: ConsoleMessage): boolean {
  if (message.type() !== 'error' && message.type() !== 'warning') return false;
  if (!message.text().startsWith('Failed to load resource')) return true;
  const refused = /^https?:\/\/[^/]+\/api\//.test(message.location().url);
  const cut = message.text().includes('net::ERR_');
  return !refused && !cut;
}
