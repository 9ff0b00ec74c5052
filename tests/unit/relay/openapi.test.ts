import { expect, test } from 'vitest';
import { z } from 'zod';

import { EXAMPLE, MORE_EXAMPLES, reportPath } from '../../../src/relay/openapi.ts';
import { parseReport } from '../../../src/relay/report-schema.ts';

interface PathItem {
  readonly post: {
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
}

const path = () => JSON.parse(JSON.stringify(reportPath((description) => ({ description })))) as PathItem;

test('the hub and the described schema accept every described example', () => {
  const { schema, examples } = path().post.requestBody.content['application/json'];
  const asWritten = z.fromJSONSchema(schema);
  const values = Object.values(examples).map(({ value }) => value);
  expect(values).toEqual([EXAMPLE, ...Object.values(MORE_EXAMPLES).map(({ value }) => value)]);
  for (const value of values) {
    expect(() => parseReport(value)).not.toThrow();
    expect(asWritten.safeParse(value).error).toBeUndefined();
  }
  expect(asWritten.safeParse({ ...EXAMPLE, reporter_id: '' }).success).toBe(false);
});

test('the description names every answer', () => {
  const { responses } = path().post;
  expect(Object.keys(responses)).toEqual(['200', '400', '401', '403', '413', '415', '429']);
});
