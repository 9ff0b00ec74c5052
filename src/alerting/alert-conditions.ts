import type { Config } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';
import { humanizeDuration, humanizePercentage } from './humanize.ts';
import { WINDOW_MINUTES, type AlertSubject, type WindowCounts } from './operation-windows.ts';

/** As in prometheus/rules. */
export const SEVERITY = 'warning';

/** The condition and the texts of an alert, as in prometheus/rules. */
export interface AlertCondition {
  readonly alertName: string;
  readonly summary: string;
  /** The status of the operations that the alert links to; null for all. */
  readonly shownStatus: 'failed' | null;
  /** The problem of the operations; null if the condition is not met. */
  describe(subject: AlertSubject, counts: WindowCounts): string | null;
}

type ConditionSettings = Pick<Config, 'highErrorRatePercent' | 'slowOperationSeconds' | 'variablePrefix'>;

/** Below this number of operations, the error rate is not evaluated: a single failure should not fire an alert. */
const MIN_ENDED = 5;
/** If more than 5 % of the operations are slow, the 95th percentile is above the threshold. */
const SLOW_PERCENT = 5;

const IN_THE_WINDOW = `in the last ${WINDOW_MINUTES} minutes`;

export function createConditions(config: ConditionSettings): readonly AlertCondition[] {
  return [highErrorRate(config), slowOperations(config), stalledOperations];
}

function highErrorRate({ highErrorRatePercent, variablePrefix }: ConditionSettings): AlertCondition {
  const threshold = nameOfSetting('highErrorRatePercent', variablePrefix);
  return {
    alertName: 'McpHighErrorRate',
    summary: 'An operation fails more often than the threshold allows',
    shownStatus: 'failed',
    describe: (subject, { ended, failed, lastError }) => {
      if (ended < MIN_ENDED || failed * 100 <= highErrorRatePercent * ended) return null;
      const share = humanizePercentage(failed / ended);
      const problem = `${failed} of ${ended} calls of ${nameOf(subject)} failed ${IN_THE_WINDOW}`;
      const text = `${problem} (${share}), more than ${threshold} allows.`;
      return lastError === null ? text : `${text} Last error: ${lastError}`;
    },
  };
}

function slowOperations({ slowOperationSeconds }: ConditionSettings): AlertCondition {
  const threshold = humanizeDuration(slowOperationSeconds);
  return {
    alertName: 'McpSlowOperations',
    summary: 'An operation is slower than the threshold allows',
    shownStatus: null,
    describe: (subject, { ended, slow }) => {
      if (slow * 100 <= SLOW_PERCENT * ended) return null;
      const problem = `${slow} of ${ended} calls of ${nameOf(subject)} took longer than ${threshold}`;
      return `${problem} ${IN_THE_WINDOW}. More than ${SLOW_PERCENT} % fire this alert.`;
    },
  };
}

const stalledOperations: AlertCondition = {
  alertName: 'McpOperationStalled',
  summary: 'An operation does not end',
  shownStatus: null,
  describe: (subject, { stall }) => {
    if (stall === null) return null;
    const silence = humanizeDuration(Math.floor(stall.silentSeconds));
    return `${stall.count} running calls of ${nameOf(subject)} may hang: no progress for ${silence}, longer than usual.`;
  },
};

function nameOf({ server, operation }: AlertSubject): string {
  return server === null ? operation : `${operation} of ${server}`;
}
