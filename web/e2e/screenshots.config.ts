// `npm run screenshots`: every page, both themes, two widths, into web/screenshots.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['e2e/screenshots.ts'], environment: 'node', testTimeout: 600_000, hookTimeout: 60_000 },
});
