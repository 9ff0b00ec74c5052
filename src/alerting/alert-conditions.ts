import type { Config } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';
import { humanizeDuration, humanizePercentage } from './humanize.ts';
import { WINDOW_MINUTES, type WindowCounts } from './operation-windows.ts';

/** As in prometheus/rules/threshold.yml. */
export const SEVERITY = 'warning';

/** The condition and the texts of an alert, as in prometheus/rules/threshold.yml. */
export interface AlertCondition {
  readonly alertName: string;
  readonly summary: string;
  /** The status of the operations that the alert links to; null for all. */
  readonly shownStatus: 'failed' | null;
  /** The problem of `operation`; null if the condition is not met. */
  describe(operation: string, counts: WindowCounts): string | null;
}

type ConditionSettings = Pick<
  Config,
  'prometheusJob' | 'highErrorRatePercent' | 'slowOperationSeconds' | 'variablePrefix'
>;

/** Below this number of operations, the error rate is not evaluated: a single failure should not fire an alert. */
const MIN_ENDED = 5;
/** If more than 5 % of the operations are slow, the 95th percentile is above the threshold. */
const SLOW_PERCENT = 5;

const IN_THE_WINDOW = `in the last ${WINDOW_MINUTES} minutes`;

export function createConditions(config: ConditionSettings): readonly AlertCondition[] {
  return [highErrorRate(config), slowOperations(config)];
}

function highErrorRate({
  prometheusJob,
  highErrorRatePercent,
  variablePrefix,
}: ConditionSettings): AlertCondition {
  const threshold = nameOfSetting('highErrorRatePercent', variablePrefix);
  return {
    alertName: 'McpHighErrorRate',
    summary: 'An operation fails more often than the threshold allows',
    shownStatus: 'failed',
    describe: (operation, { ended, failed }) => {
      if (ended < MIN_ENDED || failed * 100 <= highErrorRatePercent * ended) return null;
      const share = humanizePercentage(failed / ended);
      return `${share} of ${operation} (${prometheusJob}) failed ${IN_THE_WINDOW}; ${threshold} is exceeded.`;
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
