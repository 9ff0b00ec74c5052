import { defineConfig } from 'vitest/config';

const report = process.env['TEST_REPORT'];

/** End-to-end tests that use default ports, or measure, and so cannot run at the same time as others. */
const ALONE = [
  'cli',
  'demo',
  'documents/*',
  'examples',
  'listening',
  'memory',
  'npm-scripts',
  'npx',
  'page/load',
  'setup',
  'soak',
  'stack',
  'start-up',
].map((name) => `tests/e2e/${name}.test.ts`);

const endToEnd = {
  globalSetup: ['tests/support/required-tools.ts'],
  // Real programs take their time on a machine that is busy.
  testTimeout: 240_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
  // The output names tests that passed only at the second attempt.
  retry: process.env['CI'] ? 1 : 0,
};

export default defineConfig({
  test: {
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // A test that is skipped or singled out by mistake must not pass for a green run.
    allowOnly: !process.env['CI'],
    maxWorkers: '100%',
    projects: [
      {
        // The first run of a linter takes seconds on a slow machine.
        test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: 30_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 1 },
          ...endToEnd,
        },
      },
      {
        test: {
          name: 'e2e-alone',
          include: ALONE,
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          ...endToEnd,
        },
      },
    ],
  },
});
