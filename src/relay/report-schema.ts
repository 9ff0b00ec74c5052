import { z } from 'zod';

import { ExporterError } from '../errors.ts';
import { OUTCOME_NAMES } from '../monitor/outcomes.ts';
import { SERVER_STATES } from '../monitor/server-states.ts';
import { call, eventSchema, label, name, seconds, timestamp, type Declared } from './event-schema.ts';
import { DECLARATIONS, isOptional, type EventType } from './wire-members.ts';

// Schemas of reports: snake_case JSON, durations in seconds, timestamps in ISO 8601. Unknown fields are ignored, so that a
// newer proxy can report to an older hub. docs/openapi.json is generated from here.

const operation = z
  .object({
    type: z.literal('operation'),
    kind: z.enum(['started', 'progressed', ...OUTCOME_NAMES]),
    session_id: name
      .optional()
      .describe(
        'Groups operations, such as those of a client’s session or a run. Defaults to the reporter_id',
      ),
    server_name: name.nullable().default(null).describe('The MCP server of the operation'),
    client_name: label
      .nullable()
      .default(null)
      .describe('The MCP client of a session that is new to the hub'),
    client_version: label.default('').describe('Its version'),
    operation_id: name
      .optional()
      .describe('Unique in its session while it is active. Defaults to the operation_name'),
    parent_id: name.nullable().default(null).describe('The parent operation in the same session'),
    operation_name: name.describe('Value of the label operation. Must not contain ids or paths'),
    progress: z.number().min(0).max(100).default(0).describe('Progress in percent'),
    timestamp: timestamp.optional().describe('Time of the event. Defaults to the time of arrival'),
    duration: seconds
      .optional()
      .describe(
        'Duration in seconds, for kinds that end the operation. Defaults to the time since the start',
      ),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Data to show with the operation. Secrets are redacted, and long texts are truncated'),
    error: z
      .string()
      .max(4000)
      .optional()
      .describe('Reason for a failure or cancellation, truncated to 500 characters'),
    call: call.optional(),
  })
  .describe('A step of an operation. An end without a start implies a start at the end minus the duration');

const REQUIRED = DECLARATIONS.filter(([type]) => !isOptional(type));
const OPTIONAL = DECLARATIONS.filter(([type]) => isOptional(type));

const sessionClosed = z.object({ type: z.literal('session_closed'), session_id: name });

const reportedEvent = z.discriminatedUnion('type', [
  operation,
  sessionClosed,
  ...REQUIRED.map(([type, declaration]) => eventSchema(type, declaration)),
]);

const optionalEvent = z
  .union(OPTIONAL.map(([type, declaration]) => eventSchema(type, declaration)))
  .transform((event): Declared | null => event)
  .catch(null);

const session = z
  .object({
    session_id: name,
    server_name: name.nullable().default(null).describe('Its MCP server'),
    client_name: label.nullable().default(null).describe('Its MCP client'),
    client_version: label.nullable().default(null).describe('Its version'),
    opened_at: timestamp.optional().describe('Defaults to the time of arrival'),
    last_activity_at: timestamp.optional().describe('Defaults to the time of arrival'),
    server_state: z
      .enum(SERVER_STATES)
      .nullable()
      .catch(null)
      .describe('State of the process of its server; null if it has none of its own'),
    server_state_reason: z.string().max(500).nullable().default(null).describe('How that process ended'),
  })
  .describe('A session. It opens at the hub if it is unknown there');

const MAX_REPORTED_EVENTS = 1000;
const MAX_REPORTED_SESSIONS = 500;

export const reportSchema = z.object({
  reporter_id: z.string().min(1).max(64).describe('Unique id of the reporting process'),
  first_seq: z
    .int()
    .min(1)
    .optional()
    .describe('Sequence number of the first event. The hub skips events that it has already received'),
  lost: z.int().min(0).default(0).describe('Events that the reporter dropped since its last report'),
  is_closing: z
    .boolean()
    .default(false)
    .describe('The reporter closes: everything that is still open after these events is cancelled'),
  sessions: z
    .array(session)
    .max(MAX_REPORTED_SESSIONS)
    .default([])
    .describe('Sessions that were opened or changed, as they are now. They are read before the events'),
  events: z.array(reportedEvent).max(MAX_REPORTED_EVENTS).describe('An empty list is a heartbeat'),
  optional_events: z
    .array(optionalEvent)
    .max(MAX_REPORTED_EVENTS)
    .default([])
    .describe(
      'Events that a hub ignores if it does not know their type. Their numbers follow those of `events`',
    ),
});

export const reportAnswerSchema = z.object({
  boot_id: z.string().describe('A changed id means that the hub lost its state: report all open items again'),
  next_seq: z.int().min(1).describe('The next expected sequence number'),
  heartbeat_seconds: z
    .int()
    .min(1)
    .describe(
      'If a reporter is silent for three times this long, everything that it has open fails with server_exited',
    ),
});

/** An event in a report, before parsing. */
export type WireEvent =
  | z.input<typeof operation>
  | z.input<typeof sessionClosed>
  | { readonly type: EventType; readonly [member: string]: unknown };
/** A report, before parsing. */
export type Report = Omit<z.input<typeof reportSchema>, 'events' | 'optional_events'> & {
  readonly events: readonly WireEvent[];
  readonly optional_events?: readonly WireEvent[];
};
export type ReportAnswer = z.infer<typeof reportAnswerSchema>;
export type ReportedEvent = z.output<typeof operation> | z.output<typeof sessionClosed> | Declared;
export type ReportedSession = z.output<typeof session>;
export type WireSession = z.input<typeof session>;
export type EventOf<T extends ReportedEvent['type']> = Extract<ReportedEvent, { type: T }>;

const TYPES = ['operation', 'session_closed', ...REQUIRED.map(([type]) => type)];

/** @throws ExporterError `invalid_report` with the path of the invalid field and the expected value */
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
