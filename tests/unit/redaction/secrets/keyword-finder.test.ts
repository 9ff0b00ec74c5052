import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { KeywordFinder } from '../../../../src/redaction/secrets/keyword-finder.ts';
import { maskLongWords } from '../../../../src/redaction/secrets/long-words.ts';

test('finds the keyword that ends first, in any case, from a position on', () => {
  const finder = new KeywordFinder(['token', 'key']);
  expect(finder.find('an apiKEY and a Token')).toEqual({ start: 6, end: 9 });
  expect(finder.find('an apiKEY and a Token', 9)).toEqual({ start: 16, end: 21 });
  expect(finder.find('nothing, not even ke', 3)).toBeNull();
});

test('finds a keyword wherever an expression does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'B', 'é'), maxLength: 30 });
  const keywords = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(keywords, letters, (words, text) => {
      const hit = new KeywordFinder(words).find(text);
      expect(hit !== null).toBe(new RegExp(words.join('|'), 'i').test(text));
      if (hit) expect(words).toContain(text.slice(hit.start, hit.end).toLowerCase());
    }),
    { numRuns: 2000 },
  );
});

test('a mask is asked about words that are long enough for a token only', () => {
  const asked: string[] = [];
  const mask = (word: string) => {
    asked.push(word);
    return word.startsWith('secret') ? '*' : word;
  };
  const text = 'short "secret-1234567", words of a-dozen-letters x';
  expect(maskLongWords(text, mask)).toBe(text.replace('secret-1234567', '*'));
  expect(asked).toEqual(['secret-1234567', 'a-dozen-letters']);
});
