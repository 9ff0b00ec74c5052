import type { MonitorEvent } from '../monitor/events.ts';
import type { McpConnection, McpRequest, Observer } from '../monitor/traffic-events.ts';
import type { ReportedEvent } from './report-schema.ts';

/** The key of the connection. */
export const CONNECTION = 'connection';

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

/** A server may print other text before, which is a transport error. */
const AFTER_RESPONSE = new Set(['request_ended', 'connection_opened', 'connection_closed']);

/** Null if another observer of the connection could not be recognized. */
export function subjectOf(event: ReportedEvent): Subject | null {
  if (event.type === 'session_closed') return null;
  if (event.type !== 'operation') return subjectOfTraffic(event);
  const { call, server_name: serverName } = event;
  const key = keyOfCall(call?.rpcId);
  return call && key !== null ? subjectOn({ ...call, serverName: serverName ?? '' }, key) : null;
}

/** The same for an event that this process has observed itself. Events that it republishes for a reporter have none. */
export function subjectOfOwn(event: MonitorEvent): Subject | null {
  if (event.type === 'session') return null;
  if (event.type !== 'operation') return subjectOfTraffic(event);
  const key = keyOfCall(event.request?.rpcId);
  return event.request && key !== null ? subjectOn(event.request.connection, key) : null;
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

/** Whether the server has responded to its client, or the client has left. */
export function isAfterResponse(event: ReportedEvent): boolean {
  if (event.type === 'operation') return event.kind !== 'started';
  return AFTER_RESPONSE.has(event.type);
}

/** The same event with the name that the server has for itself. */
export function underName(event: ReportedEvent, serverName: string): ReportedEvent {
  if (event.type === 'operation') return { ...event, server_name: serverName };
  if ('request' in event) {
    const { request } = event;
    return { ...event, request: { ...request, connection: { ...request.connection, serverName } } };
  }
  return 'connection' in event ? { ...event, connection: { ...event.connection, serverName } } : event;
}

type AnyConnection = Pick<McpConnection, 'observer' | 'conversationId' | 'serverName'>;
type Traffic = Exclude<ReportedEvent | MonitorEvent, { type: 'operation' | 'session' | 'session_closed' }>;

function subjectOfTraffic(event: Traffic): Subject | null {
  if ('request' in event) return subjectOn(event.request.connection, keyOf(event.request));
  if (!('connection' in event)) return null;
  const isConnection = event.type === 'connection_opened' || event.type === 'connection_closed';
  return subjectOn(event.connection, isConnection ? CONNECTION : null);
}

function subjectOn(connection: AnyConnection, key: string | null): Subject | null {
  const { observer, conversationId, serverName } = connection;
  return observer && isUnique(conversationId) ? { observer, conversationId, serverName, key } : null;
}

function keyOf({
  direction,
  method,
  rpcId,
}: Pick<McpRequest, 'direction' | 'method' | 'rpcId'>): string | null {
  return rpcId === undefined ? null : `${direction} ${method} ${rpcId}`;
}

function keyOfCall(rpcId: string | undefined): string | null {
  return rpcId === undefined ? null : `operation ${rpcId}`;
}

function isUnique(conversationId: string | undefined): conversationId is string {
  return conversationId !== undefined && conversationId.length >= MIN_ID_LENGTH;
}
