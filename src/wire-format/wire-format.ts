import type { OperationEvent } from '../monitor/events.ts';
import type { Operation } from '../monitor/operation.ts';
import type { SessionSummary } from '../monitor/session-summary.ts';
import type { Redactor } from '../redaction/redactor.ts';

// JSON in the feed, the HTTP API and MCP resources uses snake_case. TypeScript uses camelCase.

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S;

type WireValue<V> = V extends Date ? string : V;

/** `T` with snake_case keys and with dates as ISO 8601 strings. */
export type Wire<T> = { [K in keyof T as SnakeCase<K & string>]: WireValue<T[K]> };

/** Converts keys to snake_case and dates to ISO 8601 UTC. Does not convert nested values. */
export function toWire<T extends object>(value: T): Wire<T> {
  const entries = Object.entries(value).map(([key, field]: [string, unknown]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    field instanceof Date ? field.toISOString() : field,
  ]);
  return Object.fromEntries(entries) as Wire<T>;
}

export type WireOperation = Wire<Operation>;
export type WireSession = Wire<SessionSummary>;

export function operationToWire(operation: Operation, redactor: Redactor): WireOperation {
  const { operationId, operationName, sessionId, parentId, startTime, endTime, duration } = operation;
  const { status, progress, details, error } = operation;
  return {
    operation_id: operationId,
    operation_name: operationName,
    session_id: sessionId,
    parent_id: parentId,
    status,
    progress,
    start_time: startTime.toISOString(),
    end_time: endTime === null ? null : endTime.toISOString(),
    duration,
    details: redactor.details(details),
    error: error === null ? null : redactor.line(error),
  };
}

/** An operation event of the feed, without its sequence number. */
export type WireOperationEvent = Wire<Omit<OperationEvent, 'type' | 'timestampMs'>> & {
  timestamp: string;
  message?: string;
};

export function operationEventToWire(event: OperationEvent, redactor: Redactor): WireOperationEvent {
  const {
    kind,
    sessionId,
    operationId,
    parentId,
    operationName,
    status,
    progress,
    duration,
    details,
    error,
  } = event;
  const message = details?.['message'];
  return {
    kind,
    session_id: sessionId,
    operation_id: operationId,
    parent_id: parentId,
    operation_name: operationName,
    status,
    progress,
    timestamp: new Date(event.timestampMs).toISOString(),
    ...(duration === undefined ? undefined : { duration }),
    ...(typeof message === 'string' ? { message: redactor.line(message) } : undefined),
    ...(details === undefined ? undefined : { details: redactor.details(details) }),
    ...(error === undefined ? undefined : { error: redactor.line(error) }),
  };
}
