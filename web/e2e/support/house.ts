// The scene of a browser test: one node, one browser, and whoever comes to the page. They are shown
// out after each test, and what their browsers complained about meanwhile fails it.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openBrowser, Visitor } from './browser';
import { Client, newEmail } from './client';
import { Node } from './node';

const failures = 'screenshots/failed'; // what was to be seen when a test failed, and the node's log

/** For the tests of the file that calls it. `args` go to `usher serve`, such as --order-ttl 3s. */
export function withNode(...args: string[]): House {
  return openedFor(new House(() => Node.start(...args)));
}

/** The same with the second application (examples/blog), whose visitors have no accounts. */
export function withBlog(): House {
  return openedFor(new House(() => Node.startBlog()));
}

function openedFor(house: House): House {
  beforeAll(() => house.open());
  afterAll(() => house.close());
  afterEach(async ({ task }) => {
    const problems = house.problems();
    const failed = task.result?.state === 'fail' || problems.length > 0;
    if (failed) await house.keepPictures(task.name);
    await house.showOut();
    expect(problems).toEqual([]);
  });
  return house;
}

export class House {
  private opened: { node: Node; browser: Browser } | null = null;
  private visitors: Visitor[] = [];

  constructor(private readonly start: () => Promise<Node>) {}

  async open(): Promise<void> {
    const [node, browser] = await Promise.all([this.start(), openBrowser()]);
    this.opened = { node, browser };
  }

  async close(): Promise<void> {
    await this.opened?.browser.close();
    await this.opened?.node.stop();
  }

  get node(): Node {
    return this.inside.node;
  }

  get url(): string {
    return this.node.url;
  }

  /** Somebody who has no account yet. */
  async visitor(options?: BrowserContextOptions): Promise<Visitor> {
    const visitor = await Visitor.arrive(this.inside.browser, this.url, newEmail('visitor'), options);
    this.visitors.push(visitor);
    return visitor;
  }

  /** Somebody with an account, in a browser and by the API. */
  async signedIn(name: string, options?: BrowserContextOptions): Promise<[Visitor, Client]> {
    const client = await Client.signUp(this.url, newEmail(name));
    const visitor = await Visitor.arrive(this.inside.browser, this.url, client.email, options);
    await visitor.context.addCookies([{ ...client.sessionCookie, url: this.url, httpOnly: true }]);
    this.visitors.push(visitor);
    return [visitor, client];
  }

  /** Somebody with an account, by the API only. */
  person(name = 'seller'): Promise<Client> {
    return Client.signUp(this.url, newEmail(name));
  }

  problems(): string[] {
    return this.visitors.flatMap((visitor) => visitor.problems);
  }

  async showOut(): Promise<void> {
    for (const visitor of this.visitors.splice(0)) await visitor.leave();
  }

  async keepPictures(test: string): Promise<void> {
    mkdirSync(failures, { recursive: true });
    const name = `${failures}/${test.replace(/[^\w]+/g, '-').slice(0, 80)}`;
    for (const [i, { page }] of this.visitors.entries()) {
      await page.screenshot({ path: `${name}-${i + 1}.png` }).catch(() => undefined); // a crashed page has no picture
    }
    writeFileSync(`${name}.log`, [...this.problems(), this.node.log].join('\n'));
  }

  private get inside() {
    if (!this.opened) throw new Error('the house is opened before the first test');
    return this.opened;
  }
}
