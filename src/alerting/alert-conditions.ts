import type { Config } from '../settings/config.ts';
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

type ConditionSettings = Pick<Config, 'prometheusJob' | 'highErrorRatePercent' | 'slowOperationSeconds'>;

/** One failure in the night is not an error rate. */
const LEAST_ENDED = 5;
/** More than so many slow ones are a 95th percentile above the threshold. */
const SLOW_PERCENT = 5;

const IN_THE_WINDOW = `in the last ${WINDOW_MINUTES} minutes`;

export function createConditions(config: ConditionSettings): readonly AlertCondition[] {
  return [highErrorRate(config), slowOperations(config)];
}

function highErrorRate({ prometheusJob, highErrorRatePercent }: ConditionSettings): AlertCondition {
  return {
    alertName: 'McpHighErrorRate',
    summary: 'An operation fails more often than the threshold allows',
    shownStatus: 'failed',
    describe: (operation, { ended, failed }) => {
      if (ended < LEAST_ENDED || failed * 100 <= highErrorRatePercent * ended) return null;
      const share = humanizePercentage(failed / ended);
      return `${share} of ${operation} (${prometheusJob}) failed ${IN_THE_WINDOW}; HIGH_ERROR_RATE_THRESHOLD is exceeded.`;
    },
  };
}

function slowOperations({ prometheusJob, slowOperationSeconds }: ConditionSettings): AlertCondition {
  const threshold = humanizeDuration(slowOperationSeconds);
  return {
    alertName: 'McpSlowOperations',
    summary: 'An operation is slower than the threshold allows',
    shownStatus: null,
    describe: (operation, { ended, slow }) => {
      if (slow * 100 <= SLOW_PERCENT * ended) return null;
      const share = humanizePercentage(slow / ended);
      return `${share} of ${operation} (${prometheusJob}) took longer than ${threshold} ${IN_THE_WINDOW}.`;
    },
  };
}
