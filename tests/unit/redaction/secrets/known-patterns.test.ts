import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createPatternTable, renderPatternTable } from '../../../../scripts/secret-patterns/pattern-table.ts';
import { readGitleaksRules } from '../../../../scripts/secret-patterns/gitleaks-list.ts';
import { readSecretlintPatterns } from '../../../../scripts/secret-patterns/secretlint-list.ts';
import {
  TOKEN_PREFIXES,
  TOKEN_SHAPES,
  VENDOR_KEYS,
} from '../../../../src/redaction/secrets/known-patterns.ts';
import { maskText } from '../../../../src/redaction/secrets/secret-text.ts';
import { readRepositoryFile } from '../../../support/repository-file.ts';

const SAMPLES = { numRuns: 20 };

test('the pattern table matches the rules of secretlint and gitleaks (npm run secret-patterns)', async () => {
  expect(readRepositoryFile('src/redaction/secrets/known-patterns.ts')).toBe(await renderPatternTable());
});

test('the table names its sources and their licenses', () => {
  const table = readRepositoryFile('src/redaction/secrets/known-patterns.ts');
  expect(table).toContain('MIT, Copyright (c) 2019 Zachary Rice');
  expect(table).toContain('MIT, Copyright (c) 2020 azu');
});

test('most rules of both lists are in the table', () => {
  expect(readGitleaksRules().length).toBeGreaterThan(200);
  expect(readSecretlintPatterns().length).toBeGreaterThan(20);
  const { tokens, vendorKeys } = createPatternTable();
  expect(tokens.length + vendorKeys.length).toBeGreaterThan(180);
});

describe('a token', () => {
  test.each(TOKEN_SHAPES)('a token of the shape %s is redacted', (shape) => {
    // Some shapes allow for line breaks and quotes, which end the word that a token is.
    const tokens = fc
      .stringMatching(new RegExp(`^(?:${shape})$`))
      .map((token) => token.replaceAll(/[^\w.~+/=|%:@-]/g, 'x'))
      .filter((token) => token.length >= 12);
    fc.assert(
      fc.property(tokens, (token) => {
        expect(maskText(`see ${token} there`)).not.toContain(token);
        expect(maskText(`["${token}",1]`)).not.toContain(token);
      }),
      SAMPLES,
    );
  });

  test.each(TOKEN_PREFIXES)('a token that begins with %s is redacted, even with another length', (prefix) => {
    const token = `${prefix}x1y2z3x1y2z3x1y2z3`;
    expect(maskText(`see ${token}, please`)).toBe('see [redacted], please');
  });
});

describe('a key without a shape of its own', () => {
  test.each(VENDOR_KEYS)('is redacted behind a name with %s, as %s', (name, shape) => {
    const vendors = fc.stringMatching(new RegExp(`^(?:${name})$`)).filter((text) => /^[\w.-]+$/.test(text));
    fc.assert(
      fc.property(vendors, fc.stringMatching(new RegExp(`^(?:${shape})$`)), (vendor, key) => {
        for (const text of [`${vendor}_value = "${key}"`, `my-${vendor}: ${key}`, `{"${vendor}":"${key}"`]) {
          expect(maskText(text)).not.toContain(key);
        }
      }),
      SAMPLES,
    );
  });
});
