import { formatCount } from '../format.ts';
import type { Live } from './live.ts';
import { pageSearch } from './page-address.ts';
import type { Problem } from './problem.ts';
import { summarizeServers, type ServerSummary } from './session-list.ts';

const HOUR_MS = 3_600_000;
/** Number of servers that are named in the status line. */
const MAX_NAMES = 5;

/** The servers that are unreachable, crashed in the last hour, or do not answer. */
export function listDownServers({ sessions, unreachable, serverNowMs }: Live): Problem[] {
  const isCurrent = ({ isUnreachable, latest, lastActivityMs }: ServerSummary): boolean =>
    isUnreachable || latest?.status !== 'closed' || (lastActivityMs ?? 0) >= serverNowMs - HOUR_MS;
  const down = summarizeServers(sessions.all, unreachable, serverNowMs).filter(
    (server) => server.condition.kind === 'bad' && isCurrent(server),
  );
  const [first] = down;
  if (!first) return [];
  const servers = pageSearch({ view: 'sessions' });
  if (down.length > 1) {
    const text = `${formatCount(down.length)} servers are down: ${namesOf(down)}`;
    return [{ text, href: servers, isBad: true }];
  }
  const { name, condition, isUnreachable, latest } = first;
  return [
    {
      text: `${name} ${isUnreachable ? 'is ' : ''}${condition.text}: ${condition.reason}`,
      href:
        isUnreachable || !latest ? servers : pageSearch({ view: 'session', sessionId: latest.session_id }),
      isBad: true,
    },
  ];
}

function namesOf(servers: readonly ServerSummary[]): string {
  const named = servers.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = servers.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}
