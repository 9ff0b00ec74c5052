import answerSchemas from '../api/answer-schemas.json' with { type: 'json' };
import { apiPaths, errorResponse } from '../http/openapi.ts';
import { reportPath } from '../relay/openapi.ts';

/** The ways to send the key. */
const KEY_SCHEMES = {
  key: { type: 'http', scheme: 'bearer', description: 'MONITORING_API_KEY of the exporter' },
  keyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key' },
  keyPassword: { type: 'http', scheme: 'basic', description: 'The same key as the password of any user' },
};

/**
 * `/api/v1` as an OpenAPI document.
 *
 * @param exporterUrl - the address of the exporter, to which the paths are appended
 * @see {@link https://spec.openapis.org/oas/v3.1.0}
 */
export function openApi(version: string, exporterUrl = 'http://127.0.0.1:3001'): object {
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
    servers: [{ url: exporterUrl.replace(/\/+$/, '') }],
    paths: { ...apiPaths(), '/api/v1/report': reportPath(errorResponse) },
    // The key is optional unless the exporter requires it.
    security: [{}, ...Object.keys(KEY_SCHEMES).map((scheme) => ({ [scheme]: [] }))],
    components: { schemas: answerSchemas, securitySchemes: KEY_SCHEMES },
  };
}
