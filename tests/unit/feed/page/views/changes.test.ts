import { expect, it } from 'vitest';

import { Changes } from '../../../../../src/feed/page/views/changes.ts';

it('what was not drawn yet is a change, also if it is drawn from nothing', () => {
  expect(new Changes().have()).toBe(true);
  expect(new Changes().have(undefined)).toBe(true);
});

it('a change is noticed once, whichever part it is of', () => {
  const changes = new Changes();
  const details = {};
  changes.have('a', details);
  expect(changes.have('a', details)).toBe(false);
  expect(changes.have('a', {})).toBe(true);
  expect(changes.have('b', details)).toBe(true);
  expect(changes.have('b', details)).toBe(false);
});

it('one part more, or one less, is a change', () => {
  const changes = new Changes();
  changes.have('a', 'b');
  expect(changes.have('a')).toBe(true);
  expect(changes.have('a', undefined)).toBe(true);
});
