import type { Held } from './held-events.ts';

/** A server whose report arrives this long after a proxy's has not seen the same call. */
const UNSEEN_AFTER_MS = 1000;
/** After an outage, a server catches up with several reports. */
const CATCH_UP_MS = 500;
/** A server that blocks its event loop, or has crashed, does not report. Then its proxy's events count. */
const MAX_HOLD_MS = 10_000;

/**
 * Whether held events count although the server has not reported the same.
 *
 * @param nowMs - monotonic time
 * @param serversSeenMs - until when all open servers have reported, in monotonic time; null if no server has reported yet
 */
export function isHeldLongEnough(held: Held, nowMs: number, serversSeenMs: number | null): boolean {
  if (nowMs - held.heldAtMs >= MAX_HOLD_MS) return true;
  if (serversSeenMs === null || serversSeenMs - held.heldAtMs < UNSEEN_AFTER_MS) return false;
  held.unseenSinceMs ??= nowMs;
  return nowMs - held.unseenSinceMs >= CATCH_UP_MS;
}
