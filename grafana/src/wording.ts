import { isError, isSuccess, OUTCOME_NAMES, OUTCOMES, titleOf } from '../../src/monitor/outcomes.ts';

/** Accuracy of quantiles, for all panels with quantiles. */
export const ABOUT_QUANTILES = 'Quantiles are estimates within a histogram bucket, such as 10 to 30 s.';

const NOT_SUCCEEDED = OUTCOME_NAMES.filter((outcome) => !isSuccess(outcome));

/** Outcomes that durations include. */
export const ALL_OUTCOMES = 'Includes all outcomes.';

/** Explains outcomes that are neither success nor failure. */
export const ABOUT_OUTCOMES = NOT_SUCCEEDED.filter((outcome) => !isError(outcome))
  .map((outcome) => `${titleOf(outcome)}: ${OUTCOMES[outcome].meaning}.`)
  .join(' ');

/** Description of panels with p50, p95, p99 and the slow threshold. */
export const ABOUT_DURATIONS =
  'Duration percentiles. Points are traced calls. The dashed line is SLOW_OPERATION_THRESHOLD. ' +
  `${ALL_OUTCOMES} ${ABOUT_QUANTILES}`;

/** The basis of the remaining error budget. */
export const ABOUT_BUDGET =
  'The budget is based on 30 days at the current traffic. Days without data count as days without failures.';
