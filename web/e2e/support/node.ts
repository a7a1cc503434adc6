// A real node on a free port, with a data directory of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const start_ms_max = 20_000;
const log_chars_max = 200_000;

export const operator_token = 'operator-token-of-the-browser-tests';

/** USHER_BIN names the shop's; what else is built lies where it does. */
function binary(name: string): string {
  const named = process.env.USHER_BIN;
  const folders = named ? [dirname(resolve(named))] : ['release', 'dev', 'asan'].map((preset) => join(repository, 'build', preset));
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`no ${name} in ${folders.join(', ')}: build it (./dev build release) or set USHER_BIN`);
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export class Node {
  private process: ChildProcess | null = null;
  log = ''; // what it wrote to standard error, the last part of it

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly program: string,
    private readonly args: string[],
    private readonly readyAt: string, // a path that is answered with 200 once it serves
  ) {}

  /** `args` go to `usher serve`, such as --order-ttl 3s. */
  static async start(...args: string[]): Promise<Node> {
    const dist = join(repository, 'web/dist');
    if (!existsSync(dist)) throw new Error('the page is not built: npm run build');
    return Node.serve(process.env.USHER_BIN ? resolve(process.env.USHER_BIN) : binary('usher'), ['--web', dist, ...args], '/readyz');
  }

  /** The second application, with its own page. */
  static async startBlog(): Promise<Node> {
    return Node.serve(binary('examples/blog/usher-blog'), ['--page', join(repository, 'examples/blog/page')], '/moderation');
  }

  private static async serve(program: string, args: string[], readyAt: string): Promise<Node> {
    const folder = mkdtempSync(join(tmpdir(), 'usher-e2e-'));
    const address = `127.0.0.1:${await freePort()}`;
    const all = ['serve', '--data', join(folder, 'data'), '--listen', address, ...args];
    const node = new Node(`http://${address}`, folder, program, all, readyAt);
    await node.resume();
    return node;
  }

  /** Starts the process, again after `kill`, over the same data and port. */
  async resume(): Promise<void> {
    this.process = spawn(this.program, this.args, {
      cwd: this.folder,
      env: { ...process.env, USHER_OPERATOR_TOKEN: operator_token, JWT_KEY: 'a key of the browser tests, long enough', STRIPE_KEY: 'sk_test_of_the_browser_tests' },
    });
    this.process.stderr?.on('data', (text: Buffer) => (this.log = (this.log + text.toString()).slice(-log_chars_max)));
    const until = Date.now() + start_ms_max;
    while (!(await this.isReady())) {
      if (this.process.exitCode !== null || Date.now() > until) throw new Error(`${this.program} did not start:\n${this.log}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}${this.readyAt}`)).ok;
    } catch {
      return false;
    }
  }

  /** As a power cut: no warning, no farewell. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const running = this.process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((done) => running.once('exit', done));
    running.kill(signal);
    await gone;
  }
}

