import { isError, isSuccess, OUTCOME_NAMES, OUTCOMES, titleOf } from '../../src/monitor/outcomes.ts';

/** How far a quantile can be trusted, on every panel with one. */
export const ABOUT_QUANTILES =
  'Read it as “about”: within a bucket it is interpolated, and 10 to 30 s is one bucket.';

const NOT_SUCCEEDED = OUTCOME_NAMES.filter((outcome) => !isSuccess(outcome));

/** Which calls have a duration. */
export const ALL_OUTCOMES = `${sentenceStart(new Intl.ListFormat('en-GB').format(NOT_SUCCEEDED))} ones count, too.`;

/** The outcomes whose names do not say it all. */
export const ABOUT_OUTCOMES = NOT_SUCCEEDED.filter((outcome) => !isError(outcome))
  .map((outcome) => `${titleOf(outcome)}: ${OUTCOMES[outcome].meaning}.`)
  .join(' ');

/** What a panel shows that draws p50, p95, p99 and the slow threshold. */
export const ABOUT_DURATIONS =
  'Half are faster than p50, 95 of 100 than p95. Points are single ones that were traced. The line is ' +
  `SLOW_OPERATION_THRESHOLD. ${ALL_OUTCOMES} ${ABOUT_QUANTILES}`;

/** What the share that is left of the error budget is a share of. */
export const ABOUT_BUDGET =
  'Of 30 days at the traffic so far; days not seen yet count as days without a failure.';

function sentenceStart(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
