import type { PartialStrykerOptions } from '@stryker-mutator/api/core';

/** Files with generated patterns, or with tables of names and texts, whose mutants are not mistakes in code. */
const TABLES = ['known-patterns', 'catalogue', 'limits'];

export interface MutantRun {
  folder: string;
  /** Glob patterns of the mutated files, all of them in the folder. */
  files: string[];
  concurrency: number;
  /** Whether to run only the unit tests, which is faster and finds fewer mutants. */
  onlyUnitTests: boolean;
  /** Whether to test mutants again whose code and tests have not changed. */
  isForced: boolean;
}

export function strykerOptions(run: MutantRun): PartialStrykerOptions {
  const { folder, files, concurrency, isForced, onlyUnitTests } = run;
  const reports = `reports/mutants/${folder}${onlyUnitTests ? '.unit' : ''}`;
  const tests = onlyUnitTests
    ? [`tests/unit/${folder}/**/*.test.ts`]
    : [`tests/{unit,integration}/${folder}/**/*.test.ts`, 'tests/integration/exporter.test.ts'];
  return {
    mutate: [...files, ...TABLES.map((name) => `!src/**/${name}.ts`)],
    // A folder's own tests must find its mistakes. Tests of other folders would also make a run take hours.
    testFiles: tests,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', './scripts/mutants/stryker-plugins.js'],
    vitest: { configFile: 'vitest.mutants.config.ts', related: false },
    // Stryker rewrites this file with the compiler's JavaScript API, which TypeScript 7 does not have.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    coverageAnalysis: 'perTest',
    // Code that runs on import is mostly constants, and each of its mutants would cost a run of all tests.
    ignoreStatic: true,
    ignorers: ['texts'],
    incremental: true,
    incrementalFile: `${reports}.incremental.json`,
    force: isForced,
    concurrency,
    timeoutMS: 10_000,
    reporters: ['survivors', 'html', 'json', process.stdout.isTTY ? 'progress' : 'progress-append-only'],
    htmlReporter: { fileName: `${reports}.html` },
    jsonReporter: { fileName: `${reports}.json` },
    ignorePatterns: ['dist', 'docs/images'],
  };
}
