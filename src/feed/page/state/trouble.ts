import type { GapReason } from '../../feed-protocol.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
import { formatCount, formatTime } from '../format.ts';

/** Something that a person has to know; it stays until it is over, or until they have seen it. */
export interface Notice {
  readonly kind: 'lost' | 'gap' | 'restarted' | 'slow';
  readonly text: string;
}

/** So long a page is reconnecting; then it is disconnected. */
const PATIENCE_MS = 20_000;

/** What stands beside the dot in the header. The same text through all attempts: a screen reader says each change. */
export function describeConnection(state: ConnectionState, silentMs: number): string {
  switch (state.kind) {
    case 'connected':
      return 'Connected';
    case 'key_needed':
      return 'Key needed';
    case 'connecting':
    case 'waiting':
      if (state.kind === 'connecting' && !state.isAgain) return 'Connecting';
      return silentMs < PATIENCE_MS ? 'Reconnecting' : 'Disconnected';
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'The exporter refuses this page. Add its address to MONITORING_ALLOWED_HOSTS and MONITORING_ALLOWED_ORIGINS, or require a key.',
  429: 'Too many wrong keys from this address. The exporter accepts keys again within a minute; this page retries.',
};

/**
 * @param sinceMs - when the exporter was last heard; null for never
 * @param refusedWith - the HTTP status of its last refusal
 */
export function lostNotice(sinceMs: number | null, nowMs: number, refusedWith: number | null = null): Notice {
  const refusal = refusedWith === null ? undefined : REFUSALS[refusedWith];
  const text =
    refusal ??
    (sinceMs === null
      ? 'The exporter does not answer. This page goes on trying.'
      : `Not connected since ${formatTime(sinceMs, nowMs)}: this is the last known state. This page retries and catches up.`);
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
        text: `The exporter was restarted, last heard at ${from}. What it had seen before is gone from here; Prometheus may have its numbers.`,
      };
    case 'too_old':
      return {
        kind: 'gap',
        text: `Connected again, with a gap: between ${from} and ${formatTime(toMs, toMs)} about ${formatCount(events)} events were missed. Lists and totals are right again; single steps in between are not shown.`,
      };
    case 'slow_client':
      return {
        kind: 'slow',
        text: 'This browser could not keep up: some steps of progress were left out. Starts and ends are all here.',
      };
  }
}
