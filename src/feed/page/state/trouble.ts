import type { GapReason } from '../../feed-protocol.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
import { formatCount, formatTime } from '../format.ts';

/** A notice that stays until the problem is solved or the user dismisses it. */
export interface Notice {
  readonly kind: 'lost' | 'gap' | 'restarted' | 'slow';
  readonly text: string;
}

/** After this time without a connection, the header shows "Disconnected" instead of "Reconnecting". */
const RECONNECTING_MS = 20_000;

/** The state in the header. It stays the same during all attempts, because screen readers announce each change. */
export function describeConnection(state: ConnectionState, silentMs: number): string {
  switch (state.kind) {
    case 'connected':
      return 'Connected';
    case 'key_needed':
      return 'Key needed';
    case 'connecting':
    case 'waiting':
      if (state.kind === 'connecting' && !state.isAgain) return 'Connecting';
      return silentMs < RECONNECTING_MS ? 'Reconnecting' : 'Disconnected';
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'The exporter refuses this page. Add its address to MONITORING_ALLOWED_HOSTS and MONITORING_ALLOWED_ORIGINS, or require a key.',
  429: 'Too many wrong keys from this address. The exporter accepts keys again within a minute. Retrying.',
};

/**
 * @param sinceMs - when the connection was lost; null if there was none
 * @param refusedWith - the HTTP status of its last refusal
 */
export function lostNotice(sinceMs: number | null, nowMs: number, refusedWith: number | null = null): Notice {
  const refusal = refusedWith === null ? undefined : REFUSALS[refusedWith];
  const text =
    refusal ??
    (sinceMs === null
      ? 'The exporter is unreachable. Retrying.'
      : `Disconnected since ${formatTime(sinceMs, nowMs)}. This is the last known state. Retrying.`);
  return { kind: 'lost', text };
}

export function gapNotice(
  reason: GapReason,
  events: number,
  [fromMs, toMs]: readonly [fromMs: number, toMs: number],
): Notice {
  const from = formatTime(fromMs, toMs);
  switch (reason) {
    case 'restarted':
      return {
        kind: 'restarted',
        text: `The exporter was restarted after ${from}. Earlier operations are lost, but Prometheus may have their metrics.`,
      };
    case 'too_old':
      return {
        kind: 'gap',
        text: `Reconnected. About ${formatCount(events)} events between ${from} and ${formatTime(toMs, toMs)} were missed. Lists and totals are up to date.`,
      };
    case 'slow_client':
      return {
        kind: 'slow',
        text: 'This browser is too slow: some progress updates were skipped. Starts and ends are complete.',
      };
  }
}
