import type { Redactor } from '../redaction/redactor.ts';
import type { RealtimeMonitor } from './realtime-monitor.ts';
import type { ServerStatus } from './server-states.ts';
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

/** What can become known about a session while it is open. Times are in milliseconds since the Unix epoch. */
export interface SessionFacts {
  readonly client?: ClientInfo | null | undefined;
  /** Replaces the name of its server. */
  readonly serverName?: string | undefined;
  /** The name of a proxy that also reports the session. */
  readonly proxyName?: string | undefined;
  /** The process of its server, if it has its own. */
  readonly server?: ServerStatus | undefined;
  readonly openedAtMs?: number | undefined;
  readonly lastActivityAtMs?: number | undefined;
}

export interface Session {
  readonly owner: SessionOwner;
  readonly monitor: RealtimeMonitor;
  serverName: string | null;
  /** The proxy that also reports the session; null if there is none. */
  proxyName: string | null;
  client: ClientInfo | null;
  server: ServerStatus | null;
  openedAtMs: number;
  lastActivityAtMs: number;
  isClosed: boolean;
}

/**
 * Adds facts to a session. Its first client and proxy, its earliest opening and its latest activity are kept.
 *
 * @param nowMs - no time may be later, because other clocks may be ahead
 * @returns whether anything that a summary shows has changed
 */
export function learnFacts(session: Session, facts: SessionFacts, nowMs: number): boolean {
  const before = { ...session };
  session.client ??= facts.client ?? null;
  session.serverName = facts.serverName ?? session.serverName;
  session.proxyName ??= facts.proxyName ?? null;
  if (facts.server && !isSame(facts.server, session.server)) {
    session.server = facts.server;
    session.lastActivityAtMs = facts.lastActivityAtMs ?? nowMs;
  }
  session.openedAtMs = Math.min(session.openedAtMs, facts.openedAtMs ?? nowMs);
  session.lastActivityAtMs = Math.min(Math.max(session.lastActivityAtMs, facts.lastActivityAtMs ?? 0), nowMs);
  return SHOWN.some((name) => session[name] !== before[name]);
}

/** The facts that a summary shows. */
const SHOWN = ['client', 'server', 'serverName', 'proxyName', 'openedAtMs', 'lastActivityAtMs'] as const;

function isSame(a: ServerStatus, b: ServerStatus | null): boolean {
  return a.state === b?.state && a.reason === b.reason;
}

export function summarizeSession(session: Session, redactor: Redactor): SessionSummary {
  const { client, server } = session;
  const totals = session.monitor.getOperationSummary();
  const { lastFailed } = session.monitor;
  return {
    sessionId: session.monitor.sessionId,
    serverName: session.serverName,
    proxyName: session.proxyName,
    clientName: client && client.name,
    clientVersion: client && client.version,
    serverState: server && server.state,
    serverStateReason: server && server.reason,
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
