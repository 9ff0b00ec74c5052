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
  #hasSeveralServers = false;

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

  /** A session as a line has room for: random ids say little, and its server nothing where there is but one. */
  placeOf(sessionId: string): string {
    const id = UUID.test(sessionId) ? sessionId.slice(0, 8) : sessionId;
    const server = this.serverNameOf(sessionId);
    const isTold = server !== null && server !== sessionId && this.#hasSeveralServers;
    return isTold ? `${server} · ${id}` : id;
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
    this.#hasSeveralServers = new Set(this.all.map(({ server_name: name }) => name)).size > 1;
  }
}

/** The order in which the exporter evicts sessions: closed ones first. */
function byQuietness(a: FeedSession, b: FeedSession): number {
  const isClosed = (session: FeedSession): number => Number(session.status === 'closed');
  return isClosed(b) - isClosed(a) || Date.parse(a.last_activity_at) - Date.parse(b.last_activity_at);
}

/** Number of its operations by outcome. */
export function countsOf(session: FeedSession): OutcomeCounts {
  return mapOutcomes((outcome) => session[`${outcome}_operations`]);
}
