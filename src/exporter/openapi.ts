import answerSchemas from '../api/answer-schemas.json' with { type: 'json' };
import { apiPaths, errorResponse } from '../http/openapi.ts';
import { reportPath } from '../relay/openapi.ts';

/**
 * `/api/v1` as an OpenAPI document.
 *
 * @see {@link https://spec.openapis.org/oas/v3.1.0}
 */
export function openApi(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'mcp-exporter',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Sessions, operations, summaries and trends of MCP servers, and reports to a hub. Names are in snake_case, ' +
        'durations in seconds, rates in percent, and times in ISO 8601 UTC.',
    },
    servers: [{ url: 'http://127.0.0.1:3001' }],
    paths: { ...apiPaths(), '/api/v1/report': reportPath(errorResponse) },
    components: {
      schemas: answerSchemas,
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'MONITORING_API_KEY of the exporter' },
      },
    },
  };
}
