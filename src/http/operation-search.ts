import type { Operation, OperationStatus } from '../monitor/operation.ts';
import type { RealtimeMonitor } from '../monitor/realtime-monitor.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';

/** Selects operations like the filter of the page. Without a value, all match. */
export interface OperationSearch {
  readonly server?: string | undefined;
  /** The name of the operation, or the name of an unknown tool that a client has requested. */
  readonly operation?: string | undefined;
  readonly status?: readonly OperationStatus[] | undefined;
  /** Part of a name, an error, a message or an id, or of a server or client. */
  readonly text?: string | undefined;
}

/** The operations of `monitors` that match. */
export function* searchOperations(
  sessions: SessionRegistry,
  monitors: readonly RealtimeMonitor[],
  search: OperationSearch,
): Generator<Operation> {
  const { server } = search;
  const text = search.text?.toLowerCase();
  for (const monitor of monitors) {
    const { sessionId } = monitor;
    if (server !== undefined && sessions.serverNameOf(sessionId) !== server) continue;
    // The names of a session match for all its operations.
    const needle = text !== undefined && namesOf(sessions, sessionId).includes(text) ? undefined : text;
    for (const operation of [...monitor.activeOperations, ...monitor.endedOperations(Infinity)]) {
      if (isSelected(operation, search) && hasText(operation, needle, sessions)) yield operation;
    }
  }
}

function isSelected(operation: Operation, { operation: name, status }: OperationSearch): boolean {
  if (status && !status.includes(operation.status)) return false;
  return name === undefined || operation.operationName === name || requestedTool(operation) === name;
}

/** All names of a session, as a page shows them. */
function namesOf(sessions: SessionRegistry, sessionId: string): string {
  const client = sessions.clientOf(sessionId);
  const clientName = client && `${client.name} ${client.version}`.trimEnd();
  const names = [sessions.serverNameOf(sessionId), clientName, sessionId];
  return names.filter(Boolean).join(' · ').toLowerCase();
}

function requestedTool({ details }: Operation): unknown {
  return details['requested_tool'];
}

function hasText(operation: Operation, needle: string | undefined, { redactor }: SessionRegistry): boolean {
  if (needle === undefined) return true;
  const isIn = (text: unknown): boolean => typeof text === 'string' && text.toLowerCase().includes(needle);
  const { operationName, operationId, error, details } = operation;
  if (isIn(operationName) || isIn(operationId)) return true;
  // Secrets must not be found. Redacts only texts that match, because redaction is slow.
  return [error, details['message'], requestedTool(operation)].some(
    (text) => typeof text === 'string' && isIn(text) && isIn(redactor.line(text)),
  );
}
