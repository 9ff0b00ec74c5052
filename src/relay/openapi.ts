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

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const json = (schema: z.ZodType, example?: unknown) => {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return { 'application/json': { schema: described, ...(example === undefined ? undefined : { example }) } };
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
          requestBody: { required: true, content: json(reportSchema, EXAMPLE) },
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
