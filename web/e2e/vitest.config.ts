// End-to-end tests: real browsers against a real node. USHER_BIN names the binary; the page must
// have been built (npm run build).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    environment: 'node',
    fileParallelism: false, // each file has a node and a browser of its own: two would be slow twice
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
