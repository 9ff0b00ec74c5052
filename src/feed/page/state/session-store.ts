import type { OutcomeCounts } from '../../../monitor/outcome-counts.ts';
import { mapOutcomes } from '../../../monitor/outcomes.ts';
import { KEPT_SESSIONS } from '../../../monitor/retention.ts';
import type { FeedSession } from '../../feed-protocol.ts';
import { UUID } from './page-address.ts';

/** The sessions in the feed. */
export class SessionStore {
  readonly #sessions = new Map<string, FeedSession>();
  #isComplete = false;
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Whether the list of all sessions has arrived. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get all(): readonly FeedSession[] {
    return [...this.#sessions.values()];
  }

  get(sessionId: string): FeedSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** The server and the client of a session, for a short line. The id replaces an unknown client. */
  placeOf(sessionId: string): string {
    const session = this.#sessions.get(sessionId);
    return joined(session?.server_name, session?.client_name ?? shortIdOf(sessionId));
  }

  /** Like {@link placeOf}, but different for each session of a client. */
  labelOf(sessionId: string): string {
    const session = this.#sessions.get(sessionId);
    return joined(session?.server_name, session?.client_name, shortIdOf(sessionId));
  }

  /** All names of a session, for a tooltip. */
  namesOf(sessionId: string): string {
    const session = this.#sessions.get(sessionId);
    return joined(session && serverOf(session), this.clientOf(sessionId), sessionId);
  }

  /** The client of a session with its version, or null. */
  clientOf(sessionId: string): string | null {
    const session = this.#sessions.get(sessionId);
    return session ? clientOf(session) : null;
  }

  serverNameOf(sessionId: string): string | null {
    return this.#sessions.get(sessionId)?.server_name ?? null;
  }

  setAll(sessions: readonly FeedSession[]): void {
    this.#sessions.clear();
    for (const session of sessions) this.#sessions.set(session.session_id, session);
    this.#isComplete = true;
    this.#noteChange();
  }

  update(session: FeedSession): void {
    this.#sessions.set(session.session_id, session);
    if (this.#sessions.size > KEPT_SESSIONS) {
      const [quietest] = this.all.toSorted(byQuietness);
      if (quietest) this.#sessions.delete(quietest.session_id);
    }
    this.#noteChange();
  }

  clear(): void {
    this.#sessions.clear();
    this.#isComplete = false;
    this.#noteChange();
  }

  #noteChange(): void {
    this.#revision += 1;
  }
}

/** The server, and the proxy in front of it, or null. */
export function serverOf({ server_name: name, proxy_name: proxy }: FeedSession): string | null {
  return proxy === null || proxy === name ? name : `${name} via ${proxy}`;
}

/** The client with its version, or null. */
export function clientOf({ client_name: name, client_version: version }: FeedSession): string | null {
  return name === null ? null : `${name} ${version ?? ''}`.trimEnd();
}

/** The beginning of a random id, or the whole id. */
export function shortIdOf(sessionId: string): string {
  return UUID.test(sessionId) ? sessionId.slice(0, 8) : sessionId;
}

/** The known names, without repetitions: a session may have the name of its server. */
export function joined(...names: readonly (string | null | undefined)[]): string {
  return [...new Set(names.filter(Boolean))].join(' · ');
}

/** The order in which the exporter evicts sessions: closed ones first, and of these the ones without operations. */
function byQuietness(a: FeedSession, b: FeedSession): number {
  const isClosed = (session: FeedSession): number => Number(session.status === 'closed');
  const isUnused = (session: FeedSession): number =>
    isClosed(session) && Number(session.total_operations === 0);
  return (
    isClosed(b) - isClosed(a) ||
    isUnused(b) - isUnused(a) ||
    Date.parse(a.last_activity_at) - Date.parse(b.last_activity_at)
  );
}

/** Number of its operations by outcome. */
export function countsOf(session: FeedSession): OutcomeCounts {
  return mapOutcomes((outcome) => session[`${outcome}_operations`]);
}
