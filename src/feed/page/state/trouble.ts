import type { GapReason } from '../../feed-protocol.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
import type { FeedProblem } from '../connection/feed-problem.ts';
import { formatCount, formatTime } from '../format.ts';

/** A notice that stays until the problem is solved or the user dismisses it. */
export interface Notice {
  readonly kind: 'lost' | 'gap' | 'restarted' | 'slow' | 'updated';
  readonly text: string;
  /** The button that it has; null for none. */
  readonly action: 'dismiss' | 'reload' | null;
}

/** After this time without a connection, the header shows "Disconnected" instead of "Reconnecting". */
const RECONNECTING_MS = 20_000;

/** The state in the header. It stays the same during all attempts, because screen readers announce each change. */
export function describeConnection(state: ConnectionState, silentMs: number, isPolled = false): string {
  if (isPolled) return 'Polling';
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

/**
 * Says what is wrong and what to do.
 *
 * @param sinceMs - when the connection was lost; null if there was none
 */
export function lostNotice(sinceMs: number | null, nowMs: number, problem: FeedProblem | null): Notice {
  const needsReload = problem?.kind === 'signed_out';
  return {
    kind: 'lost',
    text: problemText(problem ?? { kind: 'unreachable' }, sinceMs, nowMs),
    action: needsReload ? 'reload' : null,
  };
}

function problemText(problem: FeedProblem, sinceMs: number | null, nowMs: number): string {
  switch (problem.kind) {
    case 'unreachable':
      return sinceMs === null
        ? 'The exporter is unreachable: check that it is running. Retrying.'
        : `Disconnected since ${formatTime(sinceMs, nowMs)}: check that the exporter is running and that you can reach it. This is the last known state. Retrying.`;
    case 'other_answer':
      return `A proxy answers ${problem.status} instead of the exporter: check that the exporter is running and that the proxy forwards to it. Retrying.`;
    case 'signed_out':
      return 'The proxy in front of the exporter requires that you sign in again: reload the page.';
    case 'throttled':
      return 'Too many wrong keys from this address: wait a minute. Retrying.';
    case 'refused':
      return `The exporter refuses this page: ${problem.message}.`;
    case 'viewer_limit':
      return 'The exporter has reached its limit of viewers: close other tabs with this page. Retrying.';
    case 'blocked':
      return 'A proxy blocks the live feed: let it forward WebSocket upgrades of /ws. Retrying.';
    case 'key_needed':
      return 'The exporter requires a key.';
  }
}

/** Why the page polls instead of using the feed. */
export function polledNotice(problem: FeedProblem | null): Notice {
  const text = problemText(problem ?? { kind: 'blocked' }, null, 0).replace(/ Retrying\.$/, '');
  return {
    kind: 'lost',
    text: `${text} Until then, the page is updated every ${POLL_SECONDS} seconds.`,
    action: null,
  };
}

/** Seconds between two requests of a page without the feed. */
export const POLL_SECONDS = 3;

/** Problems of the feed alone: the API may still answer. */
export function isFeedOnly({ kind }: FeedProblem): boolean {
  return kind === 'blocked' || kind === 'viewer_limit' || kind === 'refused';
}

export function updatedNotice(version: string): Notice {
  return {
    kind: 'updated',
    text: `The exporter was updated to ${version}: reload the page to update it, too.`,
    action: 'reload',
  };
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
        action: 'dismiss',
      };
    case 'too_old':
      return {
        kind: 'gap',
        text: `Reconnected. About ${formatCount(events)} events between ${from} and ${formatTime(toMs, toMs)} were missed. Lists and totals are up to date.`,
        action: 'dismiss',
      };
    case 'slow_client':
      return {
        kind: 'slow',
        text: 'This browser is too slow: some progress updates were skipped. Starts and ends are complete.',
        action: 'dismiss',
      };
  }
}
