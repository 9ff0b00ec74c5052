import { expect, test } from 'vitest';

import { IN_HISTOGRAMS, NameLimiter } from '../../../src/metrics/name-limiter.ts';
import { SeriesBudget } from '../../../src/metrics/series-budget.ts';

function limiting(max = 1000) {
  const budget = new SeriesBudget(max);
  let overflows = 0;
  const names = new NameLimiter(budget, () => (overflows += 1));
  const use = (name: string, times: number, server = 'shop') =>
    Array.from({ length: times }, () => names.limit(server, name)).at(-1);
  return { budget, names, use, overflows: () => overflows };
}

test('a name keeps its label while there is room, and later', () => {
  const { budget, names, overflows } = limiting();
  expect(names.limit('shop', 'buy')).toBe('buy');
  budget.take('shop', 1000);
  expect(names.limit('shop', 'buy')).toBe('buy');
  expect(overflows()).toBe(0);
});

test('without room a new name is _OTHER, and counted each time', () => {
  const { budget, use, overflows } = limiting();
  budget.take('shop', 1000);
  expect(use('buy', 3)).toBe('_OTHER');
  expect(overflows()).toBe(3);
});

test('a name of one server says nothing about the same name of another', () => {
  const { budget, names } = limiting();
  names.limit('shop', 'buy');
  budget.take('shop', 1000);
  expect(names.limit('store', 'buy')).toBe('_OTHER');
});

test.each(['', '_OTHER'])('%j is no name, and takes no room', (name) => {
  const { budget, names, overflows } = limiting();
  budget.take('shop', 1000);
  expect(names.limit('shop', name)).toBe(name);
  expect(overflows()).toBe(0);
});

test('names of servers beyond their limit are _OTHER, and so are names that are too long', () => {
  const { names, overflows } = limiting();
  expect(names.limit('_OTHER', 'buy')).toBe('_OTHER');
  expect(names.limit('shop', 'x'.repeat(129))).toBe('_OTHER');
  expect(overflows()).toBe(2);
});

test('a name that differs from another in what cannot be written has a label of its own', () => {
  const { names } = limiting();
  const labels = ['a\uD800', 'a\uD801', 'a\uD800'].map((name) => names.limit('shop', name));
  expect(new Set(labels).size).toBe(2);
  expect(labels.every((label) => label.isWellFormed())).toBe(true);
});

test('a late name gets its own label once it is used more than the average name that has one', () => {
  const { budget, names, use } = limiting();
  use('buy', 50);
  use('sell', 10);
  // Room for busy names alone.
  budget.take('shop', 720);
  expect(use('late', 30)).toBe('_OTHER');
  expect(names.limit('shop', 'late')).toBe('late');
  expect(use('rare', 10)).toBe('_OTHER');
});

test('a name with few uses is not busy, however little the others are used', () => {
  const { budget, use } = limiting();
  use('buy', 1);
  budget.take('shop', 720);
  expect(use('late', 10)).toBe('_OTHER');
  expect(use('late', 1)).toBe('late');
});

test('a busy name is found among more rare ones than can be counted', () => {
  const { budget, use } = limiting();
  use('buy', 1);
  budget.take('shop', 720);
  for (let i = 0; i < 5000; i++) {
    use(`rare_${i}`, 1);
    if (i % 20 === 0 && use('busy', 1) === 'busy') return;
  }
  expect.fail('expected a label for the busy name');
});

test('a busy name waits when there is no room at all', () => {
  const { budget, use } = limiting();
  use('buy', 1);
  budget.take('shop', 1000);
  expect(use('late', 100)).toBe('_OTHER');
});

test('a name that is not in use yet gets no more than a quarter of the unreserved room, and is no use', () => {
  const { budget, names, overflows } = limiting();
  expect(names.offer('shop', 'buy')).toBe('buy');
  budget.take('shop', 200);
  expect(names.offer('shop', 'sell')).toBeNull();
  expect(names.offer('shop', 'buy')).toBe('buy');
  expect(names.limit('shop', 'sell')).toBe('sell');
  expect(overflows()).toBe(0);
});

test.each(['', '_OTHER', 'x'.repeat(1000)])('no series wait for the name %j', (name) => {
  expect(limiting().names.offer('shop', name)).toBeNull();
});

test('no series wait for the tools of servers beyond their limit', () => {
  expect(limiting().names.offer('_OTHER', 'buy')).toBeNull();
});

test('a name that is only in histograms is not kept without room for them', () => {
  const budget = new SeriesBudget(1000);
  const prompts = new NameLimiter(budget, () => undefined, IN_HISTOGRAMS);
  expect(prompts.limit('shop', 'greet')).toBe('greet');
  budget.take('shop', 600);
  expect(budget.hasRoom('shop', 'counters')).toBe(true);
  for (let i = 0; i < 100; i++) expect(prompts.limit('shop', 'leave')).toBe('_OTHER');
});
