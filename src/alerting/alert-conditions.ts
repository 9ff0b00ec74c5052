import { humanizeDuration, humanizePercentage } from './humanize.ts';
import { WINDOW_MINUTES, type WindowCounts } from './operation-windows.ts';

/** When an alert fires for an operation, and what it says. Named and worded as in prometheus/rules/threshold.yml. */
export interface AlertCondition {
  readonly alertName: string;
  readonly summary: string;
  /** The operations that show it on the live page; null for all of the name. */
  readonly shownStatus: 'failed' | null;
  /** What is wrong with `operation`; null where it is not this. */
  describe(operation: string, counts: WindowCounts): string | null;
}

export interface ConditionOptions {
  readonly job: string;
  readonly highErrorRatePercent: number;
  readonly slowOperationSeconds: number;
}

/** One failure in the night is not an error rate. */
const LEAST_ENDED = 5;
/** More than so many slow ones are a 95th percentile above the threshold. */
const SLOW_PERCENT = 5;

const IN_THE_WINDOW = `in the last ${WINDOW_MINUTES} minutes`;

export function createConditions(options: ConditionOptions): readonly AlertCondition[] {
  return [highErrorRate(options), slowOperations(options)];
}

function highErrorRate({ job, highErrorRatePercent }: ConditionOptions): AlertCondition {
  return {
    alertName: 'McpHighErrorRate',
    summary: 'An operation fails more often than the threshold allows',
    shownStatus: 'failed',
    describe: (operation, { ended, failed }) => {
      if (ended < LEAST_ENDED || failed * 100 <= highErrorRatePercent * ended) return null;
      const share = humanizePercentage(failed / ended);
      return `${share} of ${operation} (${job}) failed ${IN_THE_WINDOW}; HIGH_ERROR_RATE_THRESHOLD is exceeded.`;
    },
  };
}

function slowOperations({ job, slowOperationSeconds }: ConditionOptions): AlertCondition {
  const threshold = humanizeDuration(slowOperationSeconds);
  return {
    alertName: 'McpSlowOperations',
    summary: 'An operation is slower than the threshold allows',
    shownStatus: null,
    describe: (operation, { ended, slow }) => {
      if (slow * 100 <= SLOW_PERCENT * ended) return null;
      const share = humanizePercentage(slow / ended);
      return `${share} of ${operation} (${job}) took longer than ${threshold} ${IN_THE_WINDOW}.`;
    },
  };
}
