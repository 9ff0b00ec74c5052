import type { FeedOperationEvent, FeedSession, ServerMessage } from '../../../../src/feed/feed-protocol.ts';
import { OperationTotals } from '../../../../src/monitor/operation-totals.ts';
import { toWire, type WireOperation } from '../../../../src/wire-format/wire-format.ts';

type Hello = Extract<ServerMessage, { type: 'hello' }>;

/** The start time of the events in these tests. */
export const START_MS = Date.parse('2026-08-01T12:00:00.000Z');

export function timeAt(seconds: number): string {
  return new Date(START_MS + seconds * 1000).toISOString();
}

export function sessionOf(session_id: string, given: Partial<FeedSession> = {}): FeedSession {
  return {
    session_id,
    server_name: null,
    proxy_name: null,
    client_name: null,
    client_version: null,
    server_state: null,
    server_state_reason: null,
    status: 'idle',
    opened_at: timeAt(0),
    last_activity_at: timeAt(0),
    current_operation: null,
    last_failed_operation: null,
    last_failed_at: null,
    last_error: null,
    ...toWire(new OperationTotals().summary()),
    ...given,
  };
}

const STATUS_OF_KIND = { started: 'started', progressed: 'running' } as const;

/** @param at - seconds since {@link START_MS} */
export function eventOf(
  kind: FeedOperationEvent['kind'],
  operation_id: string,
  seq: number,
  at: number,
  given: Partial<FeedOperationEvent> = {},
): FeedOperationEvent {
  const status = kind === 'started' || kind === 'progressed' ? STATUS_OF_KIND[kind] : kind;
  return {
    seq,
    kind,
    session_id: 's',
    operation_id,
    parent_id: null,
    operation_name: 'scan',
    status,
    progress: 0,
    timestamp: timeAt(at),
    ...given,
  };
}

export function operationOf(operation_id: string, given: Partial<WireOperation> = {}): WireOperation {
  return {
    operation_id,
    operation_name: 'scan',
    session_id: 's',
    parent_id: null,
    start_time: timeAt(0),
    end_time: null,
    duration: null,
    status: 'running',
    progress: 0,
    details: {},
    error: null,
    ...given,
  };
}

/**
 * An operation that has ended.
 *
 * @param from - its start, in seconds since {@link START_MS}; `to` its end
 */
export function endedOf(
  operation_id: string,
  [from, to]: readonly [from: number, to: number],
  given: Partial<WireOperation> = {},
): WireOperation {
  return operationOf(operation_id, {
    start_time: timeAt(from),
    end_time: timeAt(to),
    duration: to - from,
    status: 'completed',
    progress: 100,
    ...given,
  });
}

export function helloOf(boot_id: string, seq = 0, given: Partial<Hello> = {}): Hello {
  const limits = { max_message_bytes: 4096, max_messages_per_second: 20, resume_events: 10_000 };
  return {
    type: 'hello',
    boot_id,
    server_version: '1.2.3',
    server_time: timeAt(0),
    seq,
    limits,
    grafana_url: null,
    slow_operation_threshold: 5,
    unreachable_servers: [],
    ...given,
  };
}
