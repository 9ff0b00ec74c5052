/** How far a quantile can be trusted, on every panel with one. */
export const ABOUT_QUANTILES =
  'Read it as “about”: within a bucket it is interpolated, and 10 to 30 s is one bucket.';

/** Which calls have a duration. */
export const ALL_OUTCOMES = 'Failed and cancelled calls count, too.';

/** What the share that is left of the error budget is a share of. */
export const ABOUT_BUDGET =
  'Of 30 days at the traffic so far; days not seen yet count as days without a failure.';
