import type { GapReason } from '../../feed-protocol.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
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
