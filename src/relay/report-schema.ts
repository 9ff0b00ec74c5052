import { z } from 'zod';

import { ExporterError } from '../errors.ts';
import { knownMethod, knownVersion } from '../monitor/mcp-vocabulary.ts';
import { CHILD_EXIT_REASONS, TASK_STATUSES, TRANSPORT_ERROR_KINDS } from '../monitor/traffic-events.ts';

// What other processes report to this one: JSON in snake_case, durations in seconds, times in ISO 8601. Members that are
// not known are ignored, so that a newer proxy may report to an older hub. docs/openapi.json is made from here.

const id = z.union([z.string().min(1).max(256), z.number().int()]).describe('Unique within the reporter');
const name = z.string().min(1).max(256);
const label = z.string().max(256).default('');
const seconds = z.number().nonnegative().finite();
const bytes = z
  .number()
  .int()
  .nonnegative()
  .nullable()
  .default(null)
  .describe('On the wire, where it is known');
const count = z.number().int().nonnegative();
const direction = z.enum(['client_to_server', 'server_to_client']);
const method = z
  .string()
  .min(1)
  .max(256)
  .transform(knownMethod)
  .describe('Of MCP; any other is counted as _OTHER');
const timestamp = z.iso.datetime({ offset: true }).describe('When it happened; now, where it is left out');

const connection = z
  .object({
    id,
    server_name: name.describe('The label mcp_server_name'),
    transport: z.enum(['pipe', 'tcp']).describe('stdio or HTTP'),
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
    session_id: name.describe('What the operation belongs to: a client’s session, a run'),
    server_name: z.string().max(256).nullable().default(null),
    operation_id: name.describe('Unique in its session while it is active'),
    parent_id: z.string().max(256).nullable().default(null),
    operation_name: name.describe('The label operation: what was done, and never an id or a path'),
    progress: z.number().min(0).max(100).default(0),
    timestamp: timestamp.optional(),
    duration: seconds.optional().describe('On the kinds that end it; else the time since its start'),
    details: z.record(z.string(), z.unknown()).optional(),
    error: z.string().max(4000).optional(),
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
  event('connection_opened', { connection }),
  event('connection_closed', { connection, duration: seconds, error_type: label }),
  event('request_started', { connection, request, size_bytes: bytes }),
  event('request_ended', {
    connection,
    request,
    tool_name: label,
    prompt_name: label,
    duration: seconds,
    error_type: label.describe('Empty on success; else a JSON-RPC code, tool_error, cancelled, timeout …'),
    cancellation: z.enum(['notification', 'disconnect', 'close', 'timeout']).nullable().default(null),
    input_required: z.boolean().default(false),
    size_bytes: bytes.describe('Of its answer'),
    request_size_bytes: bytes.describe('Of itself, where its start was not reported'),
  }),
  event('notification', { connection, direction, method, size_bytes: bytes }),
  event('progress_notified', { connection, tool_name: label }),
  event('subscriptions_changed', { connection, change: z.number().int() }),
  event('task_changed', {
    connection,
    status: z.enum(TASK_STATUSES),
    duration: seconds.nullable().default(null),
  }),
  event('transport_error', { connection, kind: z.enum(TRANSPORT_ERROR_KINDS) }),
  event('http_rejected', {
    server_name: name,
    http_status: z.number().int().min(100).max(599),
    error_type: label,
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
]);

const MAX_REPORTED_EVENTS = 1000;

export const reportSchema = z.object({
  reporter_id: z.string().min(1).max(64).describe('Unique for each process that reports'),
  first_seq: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Number of the first event: what the hub has had already, it does not count again'),
  lost: count.default(0).describe('Events that the reporter had to drop since its last report'),
  is_closing: z.boolean().default(false).describe('The reporter ends: whatever it has open is over'),
  events: z.array(reportedEvent).max(MAX_REPORTED_EVENTS).describe('None at all is a sign of life'),
});

export const reportAnswerSchema = z.object({
  boot_id: z.string().describe('Another one is another process, which does not know what is open'),
  next_seq: z.number().int().describe('The number that the hub expects next'),
  heartbeat_seconds: z.number().int().describe('A reporter that is silent for three times as long is gone'),
});

/** As a reporter sends it. */
export type Report = z.input<typeof reportSchema>;
export type ReportAnswer = z.infer<typeof reportAnswerSchema>;
export type ReportedEvent = z.output<typeof reportedEvent>;
/** An event as a reporter sends it. */
export type WireEvent = z.input<typeof reportedEvent>;

const TYPES = reportedEvent.options.map(({ shape }) => shape.type.value);

/** @throws ExporterError `invalid_report` that names the place and what was expected there */
export function parseReport(body: unknown): z.output<typeof reportSchema> {
  const parsed = reportSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const isUnknownType = issue?.code === 'invalid_union' && issue.path.at(-1) === 'type';
  const expected = isUnknownType ? `expected one of ${TYPES.join(', ')}` : String(issue?.message);
  const place = issue?.path.join('.') || 'report';
  throw new ExporterError('invalid_report', `${place}: ${expected}`, { cause: parsed.error });
}
