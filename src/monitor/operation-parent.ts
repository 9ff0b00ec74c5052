/** By so much the clocks of two reporters may differ. */
export const CLOCK_TOLERANCE_MS = 1000;

/**
 * The operation that started `child`, among those with the id of its parent. Ids may be used again: it is the latest that
 * started before the child or, as clocks differ, one that started a moment after it.
 *
 * @param candidates - in the order of their starts
 * @param startMsOf - milliseconds since the Unix epoch
 */
export function parentAmong<T>(
  candidates: readonly T[],
  child: T,
  startMsOf: (operation: T) => number,
): T | undefined {
  const childMs = startMsOf(child);
  const others = candidates.filter((each) => each !== child);
  return (
    others.findLast((each) => startMsOf(each) <= childMs) ??
    others.find((each) => startMsOf(each) < childMs + CLOCK_TOLERANCE_MS)
  );
}
