import { expect, test } from 'vitest';
import { z } from 'zod';

import { EXAMPLE, MORE_EXAMPLES, reportOpenApi } from '../../../src/relay/openapi.ts';
import { parseReport } from '../../../src/relay/report-schema.ts';

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: {
    readonly '/api/v1/report': {
      readonly post: {
        readonly security: readonly object[];
        readonly requestBody: {
          readonly content: {
            readonly 'application/json': {
              readonly schema: Parameters<typeof z.fromJSONSchema>[0];
              readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
            };
          };
        };
        readonly responses: Readonly<Record<string, object>>;
      };
    };
  };
  readonly components: { readonly securitySchemes: object };
}

const document = () => JSON.parse(JSON.stringify(reportOpenApi('1.2.3'))) as Document;

test('the hub and the document’s own schema accept every example of the document', () => {
  const { schema, examples } =
    document().paths['/api/v1/report'].post.requestBody.content['application/json'];
  const asWritten = z.fromJSONSchema(schema);
  const values = Object.values(examples).map(({ value }) => value);
  expect(values).toEqual([EXAMPLE, ...Object.values(MORE_EXAMPLES).map(({ value }) => value)]);
  for (const value of values) {
    expect(() => parseReport(value)).not.toThrow();
    expect(asWritten.safeParse(value).error).toBeUndefined();
  }
  expect(asWritten.safeParse({ ...EXAMPLE, reporter_id: '' }).success).toBe(false);
});

test('the document names every answer, and how to present the key', () => {
  const { openapi, info, paths, components } = document();
  expect([openapi, info.version]).toEqual(['3.1.0', '1.2.3']);
  const { responses, security } = paths['/api/v1/report'].post;
  expect(Object.keys(responses)).toEqual(['200', '400', '401', '403', '413', '415', '429']);
  expect(security).toContainEqual({ key: [] });
  expect(components.securitySchemes).toMatchObject({ key: { type: 'http', scheme: 'bearer' } });
});
