import { defineConfig } from 'vitest/config';

/** The unit and integration tests as one project in one process: Stryker starts them anew for each mutant. */
export default defineConfig({
  test: {
    include: ['tests/unit/**/*.test.ts', 'tests/integration/**/*.test.ts'],
    // They measure memory and time, of which mutated code takes more.
    exclude: ['**/traffic-memory.test.ts', '**/secret-text.test.ts'],
    isolate: false,
    testTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
