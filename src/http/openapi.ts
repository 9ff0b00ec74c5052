import { z } from 'zod';

import {
  activityQuery,
  noQuery,
  operationQuery,
  operationsQuery,
  snapshotQuery,
  summaryQuery,
  trendQuery,
} from './api-queries.ts';
import { ANSWER_EXAMPLES, type AnswerName } from './openapi-examples.ts';

interface ApiRoute {
  readonly operationId: string;
  readonly summary: string;
  readonly query: z.ZodObject;
  readonly answers: readonly AnswerName[];
  /** Names the parameter of the path; without one, the path has none. */
  readonly id?: string;
  /** Whether it answers 404 if there are no metrics or the id is unknown. */
  readonly hasNotFound?: boolean;
}

const ROUTES: Readonly<Record<string, ApiRoute>> = {
  '/api/v1/sessions': {
    operationId: 'sessions',
    summary: 'All sessions with their totals',
    query: noQuery,
    answers: ['SessionsBody'],
  },
  '/api/v1/sessions/{id}': {
    operationId: 'session',
    summary: 'One session: its active operations and the last ones that ended',
    query: noQuery,
    answers: ['SessionBody'],
    id: 'Id of the session',
    hasNotFound: true,
  },
  '/api/v1/operations': {
    operationId: 'operations',
    summary: 'Operations, the latest first',
    query: operationsQuery,
    answers: ['OperationsBody'],
    hasNotFound: true,
  },
  '/api/v1/operations/{id}': {
    operationId: 'operation',
    summary: 'One operation with its ancestors, its descendants and its progress over time',
    query: operationQuery,
    answers: ['OperationBody'],
    id: 'Id of the operation. Without session_id and start_time, the latest operation with this id is returned',
    hasNotFound: true,
  },
  '/api/v1/snapshot': {
    operationId: 'snapshot',
    summary: 'Active operations, the oldest first, and the latest that ended',
    query: snapshotQuery,
    answers: ['SnapshotBody'],
  },
  '/api/v1/status': {
    operationId: 'status',
    summary:
      'The version and the clock of the exporter, the position of its feed, the unreachable servers and the firing alerts',
    query: noQuery,
    answers: ['StatusBody'],
  },
  '/api/v1/summary': {
    operationId: 'summary',
    summary: 'Counts, rates and durations of each operation, or of one',
    query: summaryQuery,
    answers: ['SummariesBody', 'SummaryBody'],
    hasNotFound: true,
  },
  '/api/v1/trend': {
    operationId: 'trend',
    summary: 'One row per UTC day for one operation',
    query: trendQuery,
    answers: ['TrendBody'],
    hasNotFound: true,
  },
  '/api/v1/activity': {
    operationId: 'activity',
    summary: 'Operations that ended in each of the last minutes',
    query: activityQuery,
    answers: ['ActivityBody'],
    hasNotFound: true,
  },
};

const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The response of an error. */
export const errorResponse = (description: string) => ({
  description,
  content: { 'application/json': { schema: refTo('ErrorBody') } },
});

/** The GET routes of `/api/v1` as OpenAPI path items. */
export function apiPaths(): object {
  return Object.fromEntries(
    Object.entries(ROUTES).map(([path, route]) => [path, { get: getOperation(route) }]),
  );
}

function getOperation({ operationId, summary, query, answers, id, hasNotFound }: ApiRoute): object {
  const inPath = { name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: id };
  const schemas = answers.map(refTo);
  const examples = Object.fromEntries(answers.map((name) => [name, { value: ANSWER_EXAMPLES[name] }]));
  return {
    operationId,
    summary,
    parameters: [...(id === undefined ? [] : [inPath]), ...queryParameters(query)],
    responses: {
      200: {
        description: 'The answer',
        content: {
          'application/json': { schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas }, examples },
        },
      },
      400: errorResponse('A parameter is invalid. The message names it and the expected value'),
      401: errorResponse('MONITORING_REQUIRE_AUTH is true, and the key is missing or wrong'),
      403: errorResponse(
        'The Host or Origin header is not allowed, or the key is missing in a request of a browser',
      ),
      ...(hasNotFound
        ? { 404: errorResponse('The session or operation is unknown, or this exporter has no metrics') }
        : undefined),
    },
  };
}

function queryParameters(query: z.ZodObject): object[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => {
    const isList = typeof schema === 'object' && schema.type === 'array';
    const isRequired = required.includes(name) && !(typeof schema === 'object' && 'default' in schema);
    return { name, in: 'query', required: isRequired, schema, ...(isList ? { explode: false } : undefined) };
  });
}
