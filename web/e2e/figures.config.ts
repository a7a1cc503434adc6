// `npm run figures`: what the page weighs and how fast it is, on this machine.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['e2e/figures.ts'], environment: 'node', testTimeout: 300_000, hookTimeout: 60_000, disableConsoleIntercept: true },
});
