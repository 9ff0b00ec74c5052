import { z } from 'zod';

import { ExporterError } from '../errors.ts';
import { OUTCOME_NAMES } from '../monitor/outcomes.ts';
import { eventSchema, name, seconds, timestamp, type Declared } from './event-schema.ts';
import { DECLARATIONS, type EventType } from './wire-members.ts';

// What other processes report to this one: JSON in snake_case, durations in seconds, times in ISO 8601. Members that are
// not known are ignored, so that a newer proxy may report to an older hub. docs/openapi.json is made from here.

const operation = z
  .object({
    type: z.literal('operation'),
    kind: z.enum(['started', 'progressed', ...OUTCOME_NAMES]),
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
    timestamp: timestamp.optional().describe('When it happened; now, where it is left out'),
    duration: seconds.optional().describe('On the kinds that end it; else the time since its start'),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Shown, and never counted; secrets are taken out and long texts are cut'),
    error: z.string().max(4000).optional().describe('Why it did not succeed; cut to 500 characters'),
  })
  .describe(
    'A step in an operation’s life. One that ends without having started was started by its duration before',
  );

const sessionClosed = z.object({ type: z.literal('session_closed'), session_id: name });

const reportedEvent = z.discriminatedUnion('type', [
  operation,
  sessionClosed,
  ...DECLARATIONS.map(([type, declaration]) => eventSchema(type, declaration)),
]);

const MAX_REPORTED_EVENTS = 1000;

export const reportSchema = z.object({
  reporter_id: z.string().min(1).max(64).describe('Unique for each process that reports'),
  first_seq: z
    .int()
    .min(1)
    .optional()
    .describe('Number of the first event: what the hub has had already, it does not count again'),
  lost: z.int().min(0).default(0).describe('Events that the reporter had to drop since its last report'),
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

/** An event as a reporter sends it. */
export type WireEvent =
  | z.input<typeof operation>
  | z.input<typeof sessionClosed>
  | { readonly type: EventType; readonly [member: string]: unknown };
/** As a reporter sends it. */
export type Report = Omit<z.input<typeof reportSchema>, 'events'> & { readonly events: readonly WireEvent[] };
export type ReportAnswer = z.infer<typeof reportAnswerSchema>;
export type ReportedEvent = z.output<typeof operation> | z.output<typeof sessionClosed> | Declared;
export type EventOf<T extends ReportedEvent['type']> = Extract<ReportedEvent, { type: T }>;

const TYPES = ['operation', 'session_closed', ...DECLARATIONS.map(([type]) => type)];

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
