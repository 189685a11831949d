import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Guests and compilers take their time on a small, busy machine; a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
