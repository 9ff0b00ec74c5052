/** Tolerated clock difference between two reporters. */
export const CLOCK_TOLERANCE_MS = 1000;

/**
 * Finds the parent of `child` among the operations with the parent's id, because ids may be reused. The parent is the
 * latest one that started before the child. Because clocks differ, it may also start slightly after the child.
 *
 * @param candidates - in start order
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
