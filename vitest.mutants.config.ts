import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Unit tests first: the first test that fails ends a run. */
class UnitTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isUnit = ({ moduleId }: TestSpecification) => moduleId.includes('/tests/unit/');
    return [...sorted.filter(isUnit), ...sorted.filter((file) => !isUnit(file))];
  }
}

/** The unit and integration tests as one project in one process: Stryker starts them anew for each mutant. */
export default defineConfig({
  test: {
    include: ['tests/unit/**/*.test.ts', 'tests/integration/**/*.test.ts'],
    // They measure memory and time, which mutated code changes.
    exclude: ['**/traffic-memory.test.ts', '**/secret-text.test.ts'],
    isolate: false,
    sequence: { sequencer: UnitTestsFirst },
    // The instrumented code is many times slower.
    testTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
