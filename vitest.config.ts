import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/own-temporary-folder.ts'],
    // Guests and compilers take their time on a small, busy machine; a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A guest or a compiler that a test waits for leaves the core of its worker idle.
    maxWorkers: '100%',
  },
});
