import type { AlertBody, StatusBody } from '../../../api/answers.ts';
import { OTHER } from '../../../monitor/other-label.ts';
import { formatCount } from '../format.ts';
import { listDownServers } from './down-servers.ts';
import type { Live } from './live.ts';
import { operationHref } from './page-address.ts';
import { UNKNOWN_TOOLS } from './operation-record.ts';
import { nameWith, type Problem } from './problem.ts';
import { knownSince, listFailures } from './recent-failures.ts';
import { joined } from './session-store.ts';

export interface ProblemList {
  readonly problems: readonly Problem[];
  /** What is known to be fine if there are no problems; null while it is unknown. */
  readonly calm: string | null;
}

/** A call without an end for this time may hang. */
const LONG_MS = 60_000;
/** Number of servers and operations that are named for one alert. */
const MAX_SUBJECTS = 2;

/** The firing alerts, the servers that are down, the recent failures, and the calls that may hang. */
export function listProblems(live: Live, alerts: StatusBody['alerts'] | null): ProblemList {
  if (!live.isLoaded || !live.isCurrent) return { problems: [], calm: null };
  const problems = [
    ...alertProblems(alerts),
    ...listDownServers(live),
    ...listFailures(live),
    ...longProblems(live),
  ];
  const noAlerts = alerts !== null && alerts.source !== null && alerts.problem === null;
  const noFailures = `failures ${knownSince(live)}.`;
  const calm = noAlerts ? `No firing alerts, and no ${noFailures}` : `No ${noFailures}`;
  return { problems, calm: problems.length === 0 ? calm : null };
}

function alertProblems(alerts: StatusBody['alerts'] | null): Problem[] {
  if (!alerts) return [];
  const byName = new Map<string, AlertBody[]>();
  for (const alert of alerts.firing) byName.set(alert.name, [...(byName.get(alert.name) ?? []), alert]);
  const firing = [...byName].map(([name, all]) => ({
    text: [`Alert ${name}`, ...subjectsOf(all)].join(': '),
    href: `./runbooks#${name}`,
    isBad: all.some(({ severity }) => severity !== 'info'),
  }));
  const unknown = { text: `Alerts are unknown: ${alerts.problem}`, href: './runbooks', isBad: false };
  return alerts.problem === null ? firing : [...firing, unknown];
}

/** What the alerts of one name are about, as one text; empty if they are about everything. */
function subjectsOf(alerts: readonly AlertBody[]): string[] {
  const all = alerts.map(({ server, operation }) =>
    joined(server, operation === OTHER ? UNKNOWN_TOOLS : operation),
  );
  const subjects = [...new Set(all)].filter((subject) => subject !== '');
  const more = subjects.length - MAX_SUBJECTS;
  const named = subjects.slice(0, MAX_SUBJECTS).join(', ');
  return named === '' ? [] : [more > 0 ? `${named} and ${formatCount(more)} more` : named];
}

function longProblems({ operations, sessions, nowMs }: Live): Problem[] {
  const long = operations.activeRoots.filter(
    ({ startedAtMs }) => startedAtMs !== null && nowMs - startedAtMs > LONG_MS,
  );
  const [longest] = long;
  if (!longest) return [];
  const text =
    long.length === 1
      ? nameWith(
          sessions.serverNameOf(longest.sessionId),
          `${longest.name} has been running for over a minute`,
        )
      : `${formatCount(long.length)} calls have been running for over a minute`;
  return [{ text, href: operationHref(longest), isBad: false }];
}
