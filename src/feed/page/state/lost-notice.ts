import type { FeedProblem } from '../connection/feed-problem.ts';
import { formatTime } from '../format.ts';
import type { Notice } from './trouble.ts';

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
