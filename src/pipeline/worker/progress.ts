/** Reports the completed fraction of the work, from 0 to 1. It never decreases. */
export type Report = (fraction: number, message: string) => Promise<void>;

// Slightly less than 1 %, because a sum of hundredths can stay below 1.
const STEP = 0.01 - 1e-9;

/** Throttles reports to steps of at least 1 %, and reports the end. */
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

/** Reports a part of the work as the range from `from` to `to` of all work. */
export function part(report: Report, from: number, to: number): Report {
  return (fraction, message) => report(from + fraction * (to - from), message);
}
