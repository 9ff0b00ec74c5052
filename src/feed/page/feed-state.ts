import type { WireOperation } from '../../monitor/wire-format.ts';
import type { FeedSession, ServerMessage } from '../feed-protocol.ts';
import { SessionOperations } from './session-operations.ts';

/** As many as the server keeps by itself; past it the one that was quiet longest goes. */
export const MAX_SESSIONS = 200;

/** What the feed has said so far. It knows nothing of sockets or of the page. */
export class FeedState {
  readonly #sessions = new Map<string, FeedSession>();
  readonly #operations = new Map<string, SessionOperations>();
  #bootId: string | null = null;
  #hasSessionList = false;
  #serverVersion = '';
  #grafanaUrl: string | null = null;

  get sessions(): readonly FeedSession[] {
    return [...this.#sessions.values()];
  }

  /** Whether the server has said which sessions there are. */
  get hasSessionList(): boolean {
    return this.#hasSessionList;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Null where there is none. */
  get grafanaUrl(): string | null {
    return this.#grafanaUrl;
  }

  session(sessionId: string): FeedSession | undefined {
    return this.#sessions.get(sessionId);
  }

  operations(sessionId: string): SessionOperations | undefined {
    return this.#operations.get(sessionId);
  }

  apply(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        if (this.#bootId !== message.boot_id) this.#clear();
        this.#bootId = message.boot_id;
        this.#serverVersion = message.server_version;
        this.#grafanaUrl = message.grafana_url;
        return;
      case 'session_list':
        return this.#setSessions(message.sessions);
      case 'session_update':
        this.#sessions.set(message.session.session_id, message.session);
        return this.#forgetQuietest();
      case 'session_status':
        return this.#operationsOf(message.session_id).applySnapshot(
          message.data.active_operations,
          message.data.recently_completed,
        );
      case 'operations':
        for (const event of message.events) this.#operationsOf(event.session_id).apply(event);
        return;
      case 'gap':
      case 'pong':
      case 'error':
        return;
    }
  }

  applyEnded(sessionId: string, operations: readonly WireOperation[]): void {
    this.#operationsOf(sessionId).applyEnded(operations);
  }

  #operationsOf(sessionId: string): SessionOperations {
    let operations = this.#operations.get(sessionId);
    if (!operations) {
      operations = new SessionOperations();
      this.#operations.set(sessionId, operations);
    }
    return operations;
  }

  #setSessions(sessions: readonly FeedSession[]): void {
    this.#hasSessionList = true;
    this.#sessions.clear();
    for (const session of sessions) this.#sessions.set(session.session_id, session);
    for (const sessionId of this.#operations.keys()) {
      if (!this.#sessions.has(sessionId)) this.#operations.delete(sessionId);
    }
  }

  #forgetQuietest(): void {
    if (this.#sessions.size <= MAX_SESSIONS) return;
    const [quietest] = this.sessions.toSorted(byQuietness);
    if (!quietest) return;
    this.#sessions.delete(quietest.session_id);
    this.#operations.delete(quietest.session_id);
  }

  #clear(): void {
    this.#sessions.clear();
    this.#operations.clear();
    this.#hasSessionList = false;
  }
}

/** The order in which the server forgets sessions: closed ones first. */
function byQuietness(a: FeedSession, b: FeedSession): number {
  const isClosed = (session: FeedSession): number => Number(session.status === 'closed');
  return isClosed(b) - isClosed(a) || Date.parse(a.last_activity_at) - Date.parse(b.last_activity_at);
}
