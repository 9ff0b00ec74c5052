import type { SessionEvent } from '../monitor/events.ts';
import { LIMITS } from '../monitor/limits.ts';
import type { SessionSummary } from '../monitor/session-summary.ts';

/** The open sessions of this process, and what the hub does not know about them yet. */
export class SessionAnnouncements {
  readonly #open = new Map<string, SessionSummary>();
  /** Open and closed sessions. The hub keeps no more of one reporter. */
  readonly #due = new Map<string, SessionSummary>();

  /** Number of sessions to announce. */
  get size(): number {
    return this.#due.size;
  }

  add({ kind, session }: SessionEvent): void {
    const { sessionId } = session;
    const known = this.#open.get(sessionId);
    if (kind === 'closed') this.#open.delete(sessionId);
    else this.#open.set(sessionId, session);
    const isNews = known === undefined || factsOf(known) !== factsOf(session);
    if (isNews || this.#due.has(sessionId)) this.#announce(session);
  }

  /** Returns the sessions to announce, at most `max`. */
  take(max: number): SessionSummary[] {
    const taken = [...this.#due.values()].slice(0, max);
    for (const { sessionId } of taken) this.#due.delete(sessionId);
    return taken;
  }

  /** After a restart of the hub: announces all open sessions again. */
  announceOpen(): void {
    for (const session of this.#open.values()) this.#announce(session);
  }

  #announce(session: SessionSummary): void {
    this.#due.set(session.sessionId, session);
    if (this.#due.size <= LIMITS.sessions_per_reporter.max) return;
    for (const oldest of this.#due.keys()) return void this.#due.delete(oldest);
  }
}

/** What the hub cannot derive from the operations of a session. */
function factsOf({
  openedAt,
  clientName,
  clientVersion,
  serverState,
  serverStateReason,
}: SessionSummary): string {
  return JSON.stringify([openedAt, clientName, clientVersion, serverState, serverStateReason]);
}
