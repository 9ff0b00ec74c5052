import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

import { asyncApi } from '../../../scripts/docs/asyncapi.ts';
import { CLIENT_EXAMPLES, SERVER_EXAMPLES } from '../../../scripts/docs/feed-examples.ts';
import { parseClientMessage } from '../../../src/feed/client-message.ts';
import { readVersion } from '../../../src/package-files.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';

const document = JSON.parse(JSON.stringify(asyncApi(readVersion()))) as object;

test('docs/asyncapi.json describes the feed (npm run docs)', () => {
  expect(JSON.parse(readRepositoryFile('docs/asyncapi.json'))).toEqual(document);
});

test('the document is valid AsyncAPI', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
  const isValid = ajv.compile(specs.schemas['3.0.0'] as object);
  isValid(document);
  expect(isValid.errors).toBeNull();
  expect(isValid({ ...document, channels: { feed: { address: 1 } } })).toBe(false);
});

describe('the example of', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, 'asyncapi');

  test.each(Object.entries({ ...SERVER_EXAMPLES, ...CLIENT_EXAMPLES }))(
    '%s satisfies its schema',
    (name, { example }) => {
      const isValid = ajv.compile({ $ref: `asyncapi#/components/messages/${name}/payload` });
      isValid(example);
      expect(isValid.errors).toBeNull();
      expect(isValid({ ...example, type: 'unknown' })).toBe(false);
    },
  );

  test.each(Object.entries(CLIENT_EXAMPLES))('%s is a message that the server accepts', (_, { example }) => {
    expect(parseClientMessage(JSON.stringify(example))).toEqual({ message: example });
  });
});
