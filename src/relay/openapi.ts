import { z } from 'zod';

import { reportAnswerSchema, reportSchema, type Report } from './report-schema.ts';

/** What a few lines in any language can send. */
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

/** The other things that there are to say. */
export const MORE_EXAMPLES: Readonly<Record<string, { summary: string; value: Report }>> = {
  request: {
    summary: 'A tool call that was seen on its way to a server, in a report that may be sent again',
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
    summary: 'An operation that goes on: its end is told later, or it is over when its reporter is',
    value: {
      reporter_id: 'nightly-4711',
      events: [{ type: 'operation', kind: 'started', operation_name: 'import' }],
    },
  },
  heartbeat: { summary: 'A sign of life', value: { reporter_id: 'nightly-4711', events: [] } },
};

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const json = (schema: z.ZodType) => {
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io: 'input',
    // The format says it, and the pattern only in 300 characters.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return { 'application/json': { schema: described } };
};
const reportContent = () => {
  const { schema } = json(reportSchema)['application/json'];
  const examples = { operation: { summary: 'An operation that is over', value: EXAMPLE }, ...MORE_EXAMPLES };
  return { 'application/json': { schema, examples } };
};
const refusal = (description: string) => ({ description, content: json(errorSchema) });

/**
 * How to report to a hub, as an OpenAPI document.
 *
 * @see {@link https://spec.openapis.org/oas/v3.1.0}
 */
export function reportOpenApi(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'mcp-exporter: reporting to a hub',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'A process that cannot be scraped reports what it does to an exporter that can. Report what happened in the ' +
        'order in which it did; send a report again, with the same numbers, until it is answered; without events it is ' +
        'a sign of life, and is due every 15 seconds while something is open.',
    },
    servers: [{ url: 'http://127.0.0.1:3001' }],
    paths: {
      '/api/v1/report': {
        post: {
          operationId: 'report',
          summary: 'Reports events',
          security: [{}, { key: [] }],
          requestBody: { required: true, content: reportContent() },
          responses: {
            200: { description: 'Taken, all of it', content: json(reportAnswerSchema) },
            400: refusal('It could not be read, and nothing of it was taken: the message names the place'),
            401: refusal('MONITORING_REQUIRE_AUTH is true, and this is not the key'),
            403: refusal('The Host, or the page that a browser sent it from, is not allowed'),
            413: refusal('Larger than 1 MB'),
            415: refusal('Not application/json'),
            429: {
              ...refusal('Too many reports: again after Retry-After seconds'),
              headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds' } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'MONITORING_API_KEY of the hub' },
      },
    },
  };
}
