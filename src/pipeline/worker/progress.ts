/** Reports the share of the work that is done: `fraction` is from 0 to 1 and only grows. */
export type Report = (fraction: number, message: string) => Promise<void>;

// A little less than 1 %, because sums of hundredths do not quite reach 1.
const STEP = 0.01 - 1e-9;

/** Reports only steps of 1 % or more, and the end. */
export function inSteps(report: Report): Report {
  let last = 0;
  return async (fraction, message) => {
    const bounded = Math.min(fraction, 1);
    const isStep = bounded - last >= STEP || (bounded === 1 && last < 1);
    if (!isStep) return;
    last = bounded;
    await report(bounded, message);
  };
}

/** A report for a part of the work, which goes from `from` to `to` of the whole. */
export function part(report: Report, from: number, to: number): Report {
  return (fraction, message) => report(from + fraction * (to - from), message);
}
