/** How far a quantile can be trusted, on every panel with one. */
export const ABOUT_QUANTILES =
  'Read it as “about”: within a bucket it is interpolated, and 10 to 30 s is one bucket.';

/** Which calls have a duration. */
export const ALL_OUTCOMES = 'Failed and cancelled ones count, too.';

/** What a panel shows that draws p50, p95, p99 and the slow threshold. */
export const ABOUT_DURATIONS =
  'Half are faster than p50, 95 of 100 than p95. Points are single ones that were traced. The line is ' +
  `SLOW_OPERATION_THRESHOLD. ${ALL_OUTCOMES} ${ABOUT_QUANTILES}`;

/** What the share that is left of the error budget is a share of. */
export const ABOUT_BUDGET =
  'Of 30 days at the traffic so far; days not seen yet count as days without a failure.';
