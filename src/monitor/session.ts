import type { Redactor } from '../redaction/redactor.ts';
import type { RealtimeMonitor } from './realtime-monitor.ts';
import type { SessionSummary } from './session-summary.ts';

/** The owner of a session, for limits. An owner cannot evict the sessions of others. */
export interface SessionOwner {
  /** The client's address; empty if the session is of this process. */
  readonly client: string;
  /** The reporter, if another process reports the session to this hub. */
  readonly reporter?: string;
}

/** An MCP client, by its own account. */
export interface ClientInfo {
  readonly name: string;
  /** Empty if it is unknown. */
  readonly version: string;
}

export interface Session {
  readonly owner: SessionOwner;
  readonly monitor: RealtimeMonitor;
  readonly serverName: string | null;
  readonly client: ClientInfo | null;
  readonly openedAtMs: number;
  lastActivityAtMs: number;
  isClosed: boolean;
}

export function summarizeSession(session: Session, redactor: Redactor): SessionSummary {
  const totals = session.monitor.getOperationSummary();
  const { lastFailed } = session.monitor;
  return {
    sessionId: session.monitor.sessionId,
    serverName: session.serverName,
    clientName: session.client?.name ?? null,
    clientVersion: session.client?.version ?? null,
    status: session.isClosed ? 'closed' : totals.activeOperations > 0 ? 'active' : 'idle',
    openedAt: new Date(session.openedAtMs),
    lastActivityAt: new Date(session.lastActivityAtMs),
    currentOperation: session.monitor.currentOperation,
    lastFailedOperation: lastFailed?.operationId ?? null,
    lastFailedAt: lastFailed?.endTime ?? null,
    lastError: lastFailed && lastFailed.error !== null ? redactor.line(lastFailed.error) : null,
    ...totals,
  };
}
