import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';

import { answerSchemas } from '../../../scripts/docs/answer-schemas.ts';
import committedSchemas from '../../../src/api/answer-schemas.json' with { type: 'json' };
import { openApi } from '../../../src/exporter/openapi.ts';
import { ANSWER_EXAMPLES } from '../../../src/http/openapi-examples.ts';
import { readVersion } from '../../../src/package-files.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as object;

// Outside of the tests, because the compiler may take longer than their timeout on a busy machine.
const schemas = asJson(answerSchemas());

test('src/api/answer-schemas.json describes the types of the answers (npm run docs)', () => {
  expect(committedSchemas).toEqual(schemas);
});

test('docs/openapi.json is the document that the exporter serves (npm run docs)', () => {
  expect(JSON.parse(readRepositoryFile('docs/openapi.json'))).toEqual(asJson(openApi(readVersion())));
});

test('the key is optional, and can be sent in each form that the gate accepts', () => {
  expect(openApi('1.2.3')).toMatchObject({
    security: [{}, { key: [] }, { keyHeader: [] }, { keyPassword: [] }],
    components: { securitySchemes: { keyHeader: { in: 'header', name: 'X-API-Key' } } },
  });
});

test('the document is valid OpenAPI', async () => {
  expect(await new Validator().validate(asJson(openApi('1.2.3')) as never)).toEqual({ valid: true });
});

test.each(Object.entries(ANSWER_EXAMPLES))('the example of %s satisfies its schema', (name, example) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(asJson(openApi('1.2.3')), 'openapi');
  const isValid = ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
  isValid(example);
  expect(isValid.errors).toBeNull();
});
