/** Says how much of some work is done: `fraction` is from 0 to 1 and only grows. */
export type Report = (fraction: number, message: string) => Promise<void>;

// A hair less than a percent: sums of hundredths do not quite reach one.
const STEP = 0.01 - 1e-9;

/** Passes on what moves by a percent or more, and the end: many small steps cost no more than a hundred. */
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

/** For a part of the work, which is from `from` to `to` of the whole. */
export function part(report: Report, from: number, to: number): Report {
  return (fraction, message) => report(from + fraction * (to - from), message);
}
