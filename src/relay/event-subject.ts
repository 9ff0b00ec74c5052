import type { Observer } from '../monitor/traffic-events.ts';
import type { ReportedConnection } from './event-schema.ts';
import type { ReportedEvent } from './report-schema.ts';

/** The part of a conversation that an event is about. */
export interface Subject {
  readonly conversationId: string;
  readonly observer: Observer;
  /** Empty if it is unknown. */
  readonly serverName: string;
  /** The same in the reports of all observers of the connection, request or operation; null for any other event. */
  readonly key: string | null;
}

/**
 * Session ids must be unique, but some servers use a counter or a fixed word. These are shorter than any random id, and
 * different servers may use the same one.
 */
const MIN_ID_LENGTH = 16;

/** Null if another observer of the connection could not be recognized. */
export function subjectOf(event: ReportedEvent): Subject | null {
  if (event.type === 'operation') return subjectOfCall(event);
  const connection = connectionOf(event);
  return connection && subjectOn(connection, keyOf(event));
}

/**
 * The name, within its reporter, of a request that opens a session over HTTP. Its id is not known before the response.
 * Null for other events.
 */
export function openingOf(event: ReportedEvent): { name: string; isStart: boolean } | null {
  if (!('request' in event) || event.request.method !== 'initialize') return null;
  const { id, connection } = event.request;
  const { observer, transport, conversationId } = connection;
  if (observer !== 'proxy' || transport !== 'tcp') return null;
  const isStart = event.type === 'request_started' && conversationId === undefined;
  return { name: JSON.stringify(id), isStart };
}

function connectionOf(event: ReportedEvent): ReportedConnection | null {
  if ('request' in event) return event.request.connection;
  return 'connection' in event ? event.connection : null;
}

function subjectOfCall({ call, server_name: serverName }: Extract<ReportedEvent, { type: 'operation' }>) {
  if (!call?.observer || !isUnique(call.conversationId) || call.rpcId === undefined) return null;
  const { observer, conversationId, rpcId } = call;
  return { observer, conversationId, serverName: serverName ?? '', key: `operation ${rpcId}` };
}

function subjectOn(connection: ReportedConnection, key: string | null): Subject | null {
  const { observer, conversationId, serverName } = connection;
  return observer && isUnique(conversationId) ? { observer, conversationId, serverName, key } : null;
}

function keyOf(event: ReportedEvent): string | null {
  if (event.type === 'connection_opened' || event.type === 'connection_closed') return 'connection';
  if (!('request' in event) || event.request.rpcId === undefined) return null;
  const { direction, method, rpcId } = event.request;
  return `${direction} ${method} ${rpcId}`;
}

function isUnique(conversationId: string | undefined): conversationId is string {
  return conversationId !== undefined && conversationId.length >= MIN_ID_LENGTH;
}
