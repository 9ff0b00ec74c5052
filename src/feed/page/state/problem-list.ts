import type { StatusBody } from '../../../api/answers.ts';
import { OTHER } from '../../../monitor/other-label.ts';
import { formatCount, formatTime } from '../format.ts';
import type { Live } from './live.ts';
import { operationHref, NO_FILTER, pageSearch } from './page-address.ts';
import { summarizeServers, type ServerSummary } from './session-list.ts';
import { hasFailed, UNKNOWN_TOOLS, type OperationRecord } from './operation-record.ts';

/** A line of the answer to "Is anything wrong?". */
interface Problem {
  readonly text: string;
  readonly href: string;
  readonly isBad: boolean;
}

export interface ProblemList {
  readonly problems: readonly Problem[];
  /** What is known to be fine if there are no problems; null while it is unknown. */
  readonly calm: string | null;
}

const HOUR_MS = 3_600_000;
/** A call without an end for this time may hang. */
const LONG_MS = 60_000;

/** The firing alerts, the servers that are down, the recent failures, and the calls that may hang. */
export function listProblems(live: Live, alerts: StatusBody['alerts'] | null): ProblemList {
  const { operations, isLoaded, isCurrent, nowMs } = live;
  if (!isLoaded || !isCurrent) return { problems: [], calm: null };
  const recent = operations.endedRoots.filter(({ endedAtMs }) => (endedAtMs ?? 0) >= nowMs - HOUR_MS);
  const since = sinceText(operations.completeSinceMs, nowMs);
  const problems = [
    ...alertProblems(alerts),
    ...serverProblems(live),
    ...failureProblems(recent.filter(hasFailed), since),
    ...longProblems(operations.activeRoots, nowMs),
  ];
  const noAlerts = alerts !== null && alerts.source !== null && alerts.problem === null;
  const calm = noAlerts ? `No firing alerts, and no failures ${since}.` : `No failures ${since}.`;
  return { problems, calm: problems.length === 0 ? calm : null };
}

/** The page knows only the latest operations. */
function sinceText(completeSinceMs: number, nowMs: number): string {
  return completeSinceMs < nowMs - HOUR_MS
    ? 'in the last hour'
    : `since ${formatTime(completeSinceMs, nowMs)}`;
}

function alertProblems(alerts: StatusBody['alerts'] | null): Problem[] {
  if (!alerts) return [];
  const firing = alerts.firing.map(({ name, server, operation, severity }) => {
    const named = operation === OTHER ? UNKNOWN_TOOLS : operation;
    const about = [server, named].filter((part) => part !== null).join(' · ');
    return {
      text: `Alert ${name}${about === '' ? '' : `: ${about}`}`,
      href: `./runbooks#${name}`,
      isBad: severity !== 'info',
    };
  });
  const unknown = { text: `Alerts are unknown: ${alerts.problem}`, href: './runbooks', isBad: false };
  return alerts.problem === null ? firing : [unknown];
}

function serverProblems({ sessions, serverNowMs }: Live): Problem[] {
  const isCurrent = ({ latest, lastActivityMs }: ServerSummary): boolean =>
    latest?.status !== 'closed' || lastActivityMs >= serverNowMs - HOUR_MS;
  const down = summarizeServers(sessions.all, serverNowMs).filter(
    (server) => server.condition.kind === 'bad' && isCurrent(server),
  );
  const [first] = down;
  if (!first) return [];
  const names = down.map(({ name }) => name).join(', ');
  const { text, reason } = first.condition;
  return down.length === 1 && first.latest
    ? [
        {
          text: `${names} ${text}: ${reason}`,
          href: pageSearch({ view: 'session', sessionId: first.latest.session_id }),
          isBad: true,
        },
      ]
    : [
        {
          text: `${formatCount(down.length)} servers are down: ${names}`,
          href: pageSearch({ view: 'sessions' }),
          isBad: true,
        },
      ];
}

function failureProblems(failed: readonly OperationRecord[], since: string): Problem[] {
  const [first] = failed;
  if (!first) return [];
  const href =
    failed.length === 1
      ? operationHref(first)
      : pageSearch({ view: 'live', filter: { ...NO_FILTER, status: 'failed' } });
  const text = failed.length === 1 ? `1 failure` : `${formatCount(failed.length)} failures`;
  return [{ text: `${text} ${since}`, href, isBad: true }];
}

function longProblems(active: readonly OperationRecord[], nowMs: number): Problem[] {
  const long = active.filter(({ startedAtMs }) => startedAtMs !== null && nowMs - startedAtMs > LONG_MS);
  const [longest] = long;
  if (!longest) return [];
  const text =
    long.length === 1
      ? `${longest.name} has been running for over a minute`
      : `${formatCount(long.length)} calls have been running for over a minute`;
  return [{ text, href: operationHref(longest), isBad: false }];
}
