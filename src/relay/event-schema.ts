import { z } from 'zod';

import type { Field, FieldShape, Fields, InferredField, LocalField } from '../monitor/event-fields.ts';
import type { EventDeclaration, Flat } from '../monitor/event-table.ts';
import type { EVENTS } from '../monitor/events.ts';
import { LIMITS } from '../monitor/limits.ts';
import { knownMethod, knownVersion } from '../monitor/mcp-vocabulary.ts';
import {
  ABOUT_TRANSPORTS,
  DIRECTIONS,
  NETWORK_TRANSPORTS,
  OBSERVERS,
  type McpConnection,
  type McpRequest,
} from '../monitor/traffic-events.ts';
import { membersOf, MAX_SECONDS, type EventType } from './wire-members.ts';

// The hub's schemas and types for reported events, derived from the event tables in monitor/.

const MAX_NAME_LENGTH = LIMITS.name_length.max;

const id = z
  .union([z.string().min(1).max(MAX_NAME_LENGTH), z.int()], {
    error: `expected a string of 1 to ${MAX_NAME_LENGTH} characters, or an integer`,
  })
  .describe('An id that is unique within the reporter');
export const name = z.string().min(1).max(MAX_NAME_LENGTH);
export const label = z.string().max(MAX_NAME_LENGTH);
export const seconds = z.number().min(0).max(MAX_SECONDS);
const method = name.transform(knownMethod);
export const timestamp = z.iso.datetime({
  offset: true,
  error: 'expected an ISO 8601 time with its zone, such as 2026-03-01T12:00:00Z',
});

/** An id in another program's notation is ignored, so that the report is not rejected for it. */
const MAX_ID_LENGTH = 2 * MAX_NAME_LENGTH;
const observer = z
  .enum(OBSERVERS)
  .optional()
  .catch(undefined)
  .describe('Where the connection is observed: in the server’s process, or by a proxy in front of it');
const conversationId = name
  .optional()
  .catch(undefined)
  .describe('An id of the connection that all its observers have: over HTTP, the MCP session id');
const rpcId = z
  .string()
  .max(MAX_ID_LENGTH)
  .optional()
  .catch(undefined)
  .describe('The JSON-RPC id of the request, as JSON');

/** Identifies a tool call to all observers of its connection. */
export const call = z
  .object({ observer, conversation_id: conversationId, rpc_id: rpcId })
  .describe(
    'The MCP request that the operation is. If a proxy and its server report it, the hub counts it once',
  )
  .transform((wire) => ({
    observer: wire.observer,
    conversationId: wire.conversation_id,
    rpcId: wire.rpc_id,
  }));

const connection = z
  .object({
    id,
    server_name: name.describe('Value of the label mcp_server_name'),
    transport: z.enum(NETWORK_TRANSPORTS).default('pipe').describe(ABOUT_TRANSPORTS),
    protocol_version: z
      .string()
      .max(64)
      .default('')
      .transform((version) => (version === '' ? '' : knownVersion(version))),
    observer,
    conversation_id: conversationId,
  })
  .describe('A client’s connection to an MCP server')
  .transform((wire) => ({
    id: wire.id,
    transport: wire.transport,
    serverName: wire.server_name,
    protocolVersion: wire.protocol_version,
    observer: wire.observer,
    conversationId: wire.conversation_id,
  }));

const trace = z.object({
  trace_id: z.string().regex(/^[\da-f]{32}$/),
  span_id: z.string().regex(/^[\da-f]{16}$/),
});

const request = z
  .object({
    id,
    direction: z.enum(DIRECTIONS).default('client_to_server'),
    method: method.describe('An MCP method. Unknown methods are counted as _OTHER'),
    tool_name: label.default(''),
    prompt_name: label.default(''),
    trace: trace.nullable().default(null),
    rpc_id: rpcId,
  })
  .describe('A JSON-RPC request. Its id is unique within the reporter, and is not the JSON-RPC id')
  .transform(({ tool_name, prompt_name, trace, rpc_id, ...rest }) => ({
    ...rest,
    rpcId: rpc_id,
    toolName: rest.method === 'tools/call' ? tool_name : '',
    promptName: rest.method === 'prompts/get' ? prompt_name : '',
    trace: trace && { traceId: trace.trace_id, spanId: trace.span_id },
  }));

/** The id of a connection or request, unique within its reporter. */
export type ReporterOwnId = z.output<typeof id>;
export type ReportedConnection = z.output<typeof connection>;
export type ReportedRequest = z.output<typeof request> & { readonly connection: ReportedConnection };

/** The type of a field's value after parsing. */
type Reported<Value> = Value extends McpConnection
  ? ReportedConnection
  : Value extends McpRequest
    ? ReportedRequest
    : Value;

type ReportedField<F> =
  F extends InferredField<infer Value>
    ? Value | undefined
    : F extends Field<infer Value>
      ? Reported<Value>
      : never;

type ReportedFields<F extends Fields> = {
  readonly [Name in keyof F as F[Name] extends LocalField<unknown> ? never : Name]: ReportedField<F[Name]>;
};

type SentWith<D> = D extends { readonly sentWith: infer F extends Fields } ? ReportedFields<F> : unknown;

type ReportedEvents = {
  [Type in EventType]: Flat<
    { readonly type: Type } & ReportedFields<(typeof EVENTS)[Type]['fields']> &
      SentWith<(typeof EVENTS)[Type]>
  >;
};

/** A parsed event. */
export type Declared<Type extends EventType = EventType> = ReportedEvents[Type];

/** The schema of a declared event. */
export function eventSchema(type: EventType, { description }: EventDeclaration) {
  const members = membersOf(type);
  const shape: Record<string, z.ZodType> = {};
  for (const { member, field } of members) {
    if (field.shape.kind === 'request') shape['connection'] = connection;
    shape[member] = fieldSchema(field);
  }
  const object = z.object({ type: z.literal(type), ...shape });
  const described = description === undefined ? object : object.describe(description);
  return described.transform((json: Readonly<Record<string, unknown>>) => {
    const values = members.map(({ name, member, field }) => [
      name,
      field.shape.kind === 'request' ? withConnection(json) : json[member],
    ]);
    return { type, ...Object.fromEntries(values) } as Declared;
  });
}

function withConnection({ connection, request }: Readonly<Record<string, unknown>>): unknown {
  return { ...(request as object), connection };
}

function fieldSchema({ shape, isNullable, isInferred, fallback, description }: Field<unknown>): z.ZodType {
  const value = isNullable ? shapeSchema(shape).nullable() : shapeSchema(shape);
  const whole = isInferred ? value.optional() : fallback === undefined ? value : value.default(fallback);
  return description === undefined ? whole : whole.describe(description);
}

function shapeSchema(shape: FieldShape): z.ZodType {
  switch (shape.kind) {
    case 'connection':
      return connection;
    case 'request':
      return request;
    case 'text':
      return shape.isEmptyAllowed ? label : name;
    case 'method':
      return method;
    case 'integer':
      return shape.max === undefined ? z.int().min(shape.min) : z.int().min(shape.min).max(shape.max);
    case 'seconds':
      return seconds;
    case 'flag':
      return z.boolean();
    case 'choice':
      return z.enum(shape.values);
    case 'timestamp':
      return timestamp;
    case 'local':
      return z.never();
  }
}
