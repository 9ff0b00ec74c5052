import { plural } from '../../../plural.ts';
import { formatClock } from '../format.ts';
import type { Live } from './live.ts';
import { NO_FILTER, operationHref, pageSearch } from './page-address.ts';
import { hasFailed, type OperationRecord } from './operation-record.ts';
import { nameWith, type Problem } from './problem.ts';

const HOUR_MS = 3_600_000;
/** Number of servers that are named. */
const MAX_SERVERS = 3;

/** The failures of the last hour by server, those with most failures first. */
export function listFailures(live: Live): Problem[] {
  const groups = [...failuresByServer(live)].toSorted(([, a], [, b]) => b.length - a.length);
  const since = knownSince(live);
  // One more server takes as much space as a text about it.
  const shown = groups.length === MAX_SERVERS + 1 ? groups.length : MAX_SERVERS;
  const named = groups.slice(0, shown).map(([server, failed]) => problemOf(server, failed, since));
  const others = groups.slice(shown);
  const quiet = earlierFailures(live, new Set(groups.map(([server]) => server)));
  if (others.length === 0) return [...named, ...quiet];
  const count = others.reduce((sum, [, failed]) => sum + failed.length, 0);
  const text = `${plural(count, 'failure')} of ${plural(others.length, 'other server')} ${since}`;
  const href = pageSearch({ view: 'live', filter: { ...NO_FILTER, status: 'failed' } });
  return [...named, { text, href, isBad: true }, ...quiet];
}

/** The time for which the page knows all operations. */
export function knownSince({ operations, nowMs }: Live): string {
  const { completeSinceMs } = operations;
  return completeSinceMs < nowMs - HOUR_MS ? 'in the last hour' : `since ${formatClock(completeSinceMs)}`;
}

function failuresByServer({ operations, sessions, nowMs }: Live): Map<string | null, OperationRecord[]> {
  const byServer = new Map<string | null, OperationRecord[]>();
  for (const record of operations.endedRoots) {
    if (!hasFailed(record) || (record.endedAtMs ?? 0) < nowMs - HOUR_MS) continue;
    const server = sessions.serverNameOf(record.sessionId);
    const failed = byServer.get(server);
    if (failed) failed.push(record);
    else byServer.set(server, [record]);
  }
  return byServer;
}

function problemOf(server: string | null, failed: readonly OperationRecord[], since: string): Problem {
  const [first] = failed;
  if (first && failed.length === 1) {
    return { text: nameWith(server, `${first.name} failed`), href: operationHref(first), isBad: true };
  }
  const href = pageSearch({ view: 'live', filter: { ...NO_FILTER, status: 'failed', server } });
  return { text: nameWith(server, `${plural(failed.length, 'failure')} ${since}`), href, isBad: true };
}

/** The latest failure of sessions whose failures the page does not know, because newer operations have displaced them. */
function earlierFailures({ sessions, nowMs }: Live, known: ReadonlySet<string | null>): Problem[] {
  return sessions.all
    .filter(({ server_name: server }) => !known.has(server))
    .flatMap(
      ({ server_name: server, session_id: sessionId, last_failed_operation: id, last_failed_at: at }) => {
        const failedAtMs = Date.parse(at ?? '');
        if (id === null || !(failedAtMs >= nowMs - HOUR_MS)) return [];
        const text = nameWith(server ?? sessionId, `failed at ${formatClock(failedAtMs)}`);
        return [{ text, href: operationHref({ id, sessionId, startedAtMs: null }), isBad: true }];
      },
    )
    .slice(0, MAX_SERVERS);
}
