import { formatCount } from '../format.ts';
import type { Live } from './live.ts';
import { pageSearch } from './page-address.ts';
import type { Problem } from './problem.ts';
import { summarizeServers, type ServerSummary } from './session-list.ts';

const HOUR_MS = 3_600_000;

/** The servers that crashed in the last hour, or that do not answer. */
export function listDownServers({ sessions, serverNowMs }: Live): Problem[] {
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
