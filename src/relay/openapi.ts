import { z } from 'zod';

import { reportAnswerSchema, reportSchema, type Report } from './report-schema.ts';

/** The shortest useful report. */
export const EXAMPLE: Report = {
  reporter_id: 'nightly-4711',
  is_closing: true,
  events: [
    {
      type: 'operation',
      kind: 'completed',
      session_id: 'nightly',
      operation_id: 'import-1',
      operation_name: 'import',
      duration: 12.5,
      details: { rows: 40_000 },
    },
  ],
};

/** Other kinds of reports. */
export const MORE_EXAMPLES: Readonly<Record<string, { summary: string; value: Report }>> = {
  request: {
    summary: 'A tool call that a proxy saw, in a report that may be repeated',
    value: {
      reporter_id: 'proxy-6f1c',
      first_seq: 17,
      events: [
        {
          type: 'request_ended',
          connection: { id: 1, server_name: 'weather', protocol_version: '2025-11-25' },
          request: { id: 9, method: 'tools/call', tool_name: 'forecast' },
          duration: 0.31,
        },
      ],
    },
  },
  start: {
    summary: 'An operation that is still running; it ends with a later report, or when its reporter ends',
    value: {
      reporter_id: 'nightly-4711',
      events: [{ type: 'operation', kind: 'started', operation_name: 'import' }],
    },
  },
  heartbeat: { summary: 'A heartbeat', value: { reporter_id: 'nightly-4711', events: [] } },
};

const json = (schema: z.ZodType) => {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io: 'input',
    // The format already describes the value, and zod's pattern has 300 characters.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return { 'application/json': { schema: described } };
};
const reportContent = () => {
  const { schema } = json(reportSchema)['application/json'];
  const examples = {
    operation: { summary: 'An operation that has ended', value: EXAMPLE },
    ...MORE_EXAMPLES,
  };
  return { 'application/json': { schema, examples } };
};

/**
 * `POST /api/v1/report` as an OpenAPI path item.
 *
 * @param error - the response of an error with this description
 */
export function reportPath(error: (description: string) => object): object {
  return {
    post: {
      operationId: 'report',
      summary: 'Report events to a hub',
      description:
        'A process that cannot be scraped reports its events to an exporter that can. Report events in the order in ' +
        'which they happened. Repeat a report with the same numbers until it is answered. A report without events is ' +
        'a heartbeat, which is due every 15 seconds while an operation, request or connection is open.',
      requestBody: { required: true, content: reportContent() },
      responses: {
        200: { description: 'All events were accepted', content: json(reportAnswerSchema) },
        400: error('The report is invalid, and no event was accepted. The message names the place'),
        401: error('MONITORING_REQUIRE_AUTH is true, and the key is missing or wrong'),
        403: error('The Host or Origin header is not allowed'),
        413: error('The report is larger than 1 MB'),
        415: error('The content type is not application/json'),
        429: {
          ...error('Too many reports. Retry after the given time'),
          headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds' } },
        },
      },
    },
  };
}
