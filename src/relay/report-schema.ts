import { z } from 'zod';

import { ExporterError } from '../errors.ts';
import { knownMethod, knownVersion } from '../monitor/mcp-vocabulary.ts';
import { FAULT_PARTS } from '../monitor/faults.ts';
import { LIMITS, type LimitName } from '../monitor/limits.ts';
import { CHILD_EXIT_REASONS, TASK_STATUSES, TRANSPORT_ERROR_KINDS } from '../monitor/traffic-events.ts';

// What other processes report to this one: JSON in snake_case, durations in seconds, times in ISO 8601. Members that are
// not known are ignored, so that a newer proxy may report to an older hub. docs/openapi.json is made from here.

const MAX_NAME_LENGTH = LIMITS.name_length.max;
/** More is a unit taken for another, and would spoil a sum for good. */
export const MAX_SECONDS = 1e9;

const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

const id = z
  .union([z.string().min(1).max(MAX_NAME_LENGTH), z.int()], {
    error: `expected a string of 1 to ${MAX_NAME_LENGTH} characters, or an integer`,
  })
  .describe('Unique within the reporter');
const name = z.string().min(1).max(MAX_NAME_LENGTH);
const label = z.string().max(MAX_NAME_LENGTH).default('');
const seconds = z.number().min(0).max(MAX_SECONDS);
const sinceStart = seconds.optional().describe('Seconds; the time since its start, where it is left out');
const bytes = z.int().min(0).nullable().default(null).describe('On the wire, where it is known');
const count = z.int().min(0);
const direction = z.enum(['client_to_server', 'server_to_client']).default('client_to_server');
const method = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .transform(knownMethod)
  .describe('Of MCP; any other is counted as _OTHER');
const timestamp = z.iso
  .datetime({ offset: true, error: 'expected an ISO 8601 time with its zone, such as 2026-03-01T12:00:00Z' })
  .optional()
  .describe('When it happened; now, where it is left out');
const errorType = label.describe(
  'Empty on success; else a JSON-RPC code, tool_error, server_exited, cancelled, timeout …',
);
const provenName = z
  .string()
  .max(MAX_NAME_LENGTH)
  .optional()
  .describe('As on the request, where it is left out');

const connection = z
  .object({
    id,
    server_name: name.describe('The label mcp_server_name'),
    transport: z.enum(['pipe', 'tcp']).default('pipe').describe('stdio or HTTP'),
    protocol_version: z
      .string()
      .max(64)
      .default('')
      .transform((version) => (version === '' ? '' : knownVersion(version))),
  })
  .describe('One client’s connection to an MCP server');

const request = z
  .object({
    id,
    direction,
    method,
    tool_name: label,
    prompt_name: label,
    trace: z
      .object({
        trace_id: z.string().regex(/^[\da-f]{32}$/),
        span_id: z.string().regex(/^[\da-f]{16}$/),
      })
      .nullable()
      .default(null),
  })
  .describe('One JSON-RPC request; its id names it in the reporter, and is not its JSON-RPC id');

const operation = z
  .object({
    type: z.literal('operation'),
    kind: z.enum(['started', 'progressed', 'completed', 'failed', 'cancelled']),
    session_id: name
      .optional()
      .describe('What the operation belongs to: a client’s session, a run. By default the reporter_id'),
    server_name: name.nullable().default(null).describe('The MCP server whose work it is'),
    operation_id: name
      .optional()
      .describe('Unique in its session while it is active. By default the operation_name'),
    parent_id: name.nullable().default(null).describe('The operation of the same session that started it'),
    operation_name: name.describe('The label operation: what was done, and never an id or a path'),
    progress: z.number().min(0).max(100).default(0).describe('In percent'),
    timestamp,
    duration: seconds.optional().describe('On the kinds that end it; else the time since its start'),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Shown, and never counted; secrets are taken out and long texts are cut'),
    error: z.string().max(4000).optional().describe('Why it failed or was cancelled; cut to 500 characters'),
  })
  .describe(
    'A step in an operation’s life. One that ends without having started was started by its duration before',
  );

const event = <const T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

const reportedEvent = z.discriminatedUnion('type', [
  operation,
  event('session_closed', { session_id: name }),
  event('server_seen', { connection, server_version: label, sdk_version: label }),
  event('connection_opened', { connection, timestamp }),
  event('connection_closed', { connection, duration: sinceStart, error_type: errorType }),
  event('request_started', { connection, request, size_bytes: bytes, timestamp }),
  event('request_ended', {
    connection,
    request,
    tool_name: provenName,
    prompt_name: provenName,
    duration: sinceStart,
    error_type: errorType,
    cancellation: z.enum(['notification', 'disconnect', 'close', 'timeout']).nullable().default(null),
    input_required: z.boolean().default(false),
    size_bytes: bytes.describe('Of its answer'),
    request_size_bytes: bytes.describe('Of itself, where its start was not reported'),
  }),
  event('request_unfollowed', { connection, request }).describe('How it ends will not be reported'),
  event('notification', { connection, direction, method, size_bytes: bytes }),
  event('progress_notified', { connection, tool_name: label }),
  event('subscriptions_changed', {
    connection,
    active: count.max(100_000).describe('How many its client holds now'),
  }),
  event('task_changed', {
    connection,
    status: z.enum(TASK_STATUSES),
    duration: seconds.nullable().default(null),
  }),
  event('transport_error', { connection, kind: z.enum(TRANSPORT_ERROR_KINDS) }),
  event('http_rejected', {
    server_name: name,
    http_status: z.int().min(100).max(599),
    error_type: errorType,
  }),
  event('upstream_checked', {
    server_name: name,
    is_up: z.boolean().nullable().describe('Null when nobody looks any more'),
  }),
  event('child_started', { server_name: name }),
  event('child_exited', { server_name: name, reason: z.enum(CHILD_EXIT_REASONS) }),
  event('files_scanned', { files: count }),
  event('issues_found', { errors: count, warnings: count }),
  event('fixes_tried', { applied: count, failed: count }),
  event('limit_reached', { limit: z.enum(LIMIT_NAMES), count }),
  event('part_failed', { part: z.enum(FAULT_PARTS) }),
]);

const MAX_REPORTED_EVENTS = 1000;

export const reportSchema = z.object({
  reporter_id: z.string().min(1).max(64).describe('Unique for each process that reports'),
  first_seq: z
    .int()
    .min(1)
    .optional()
    .describe('Number of the first event: what the hub has had already, it does not count again'),
  lost: count.default(0).describe('Events that the reporter had to drop since its last report'),
  is_closing: z
    .boolean()
    .default(false)
    .describe('The reporter ends: what it has open after these events is cancelled'),
  events: z.array(reportedEvent).max(MAX_REPORTED_EVENTS).describe('None at all is a sign of life'),
});

export const reportAnswerSchema = z.object({
  boot_id: z
    .string()
    .describe('Another one than before: the hub does not know any more what the reporter has open'),
  next_seq: z.int().min(1).describe('The number that the hub expects next'),
  heartbeat_seconds: z
    .int()
    .min(1)
    .describe(
      'A reporter that is silent for three times as long has vanished: what it has open has failed (server_exited)',
    ),
});

/** As a reporter sends it. */
export type Report = z.input<typeof reportSchema>;
export type ReportAnswer = z.infer<typeof reportAnswerSchema>;
export type ReportedEvent = z.output<typeof reportedEvent>;
export type EventOf<T extends ReportedEvent['type']> = Extract<ReportedEvent, { type: T }>;
export type WireConnection = z.output<typeof connection>;
export type WireRequest = z.output<typeof request>;
/** What names a connection or a request among those of its reporter. */
export type ReporterOwnId = z.output<typeof id>;
/** An event as a reporter sends it. */
export type WireEvent = z.input<typeof reportedEvent>;

const TYPES = reportedEvent.options.map(({ shape }) => shape.type.value);

/** @throws ExporterError `invalid_report` that names the place and what was expected there */
export function parseReport(body: unknown): z.output<typeof reportSchema> {
  const parsed = reportSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const isUnknownType = issue?.code === 'invalid_union' && issue.path.at(-1) === 'type';
  const expected = isUnknownType
    ? `expected one of ${TYPES.join(', ')}`
    : String(issue?.message).replace(/^(Invalid input|Too big|Too small): /, '');
  const place = issue?.path.join('.') || 'report';
  throw new ExporterError('invalid_report', `${place}: ${expected}`, { cause: parsed.error });
}
