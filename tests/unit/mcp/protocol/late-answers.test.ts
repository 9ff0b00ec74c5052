import { expect, test } from 'vitest';

import { LateAnswers } from '../../../../src/mcp/protocol/late-answers.ts';

test('the answer to a cancelled request is expected once', () => {
  const late = new LateAnswers();
  late.noteCancelled(7);
  expect([late.take([8]), late.take([7]), late.take([7])]).toEqual([false, true, false]);
});

test('an answer is no longer expected once its id is used again', () => {
  const late = new LateAnswers();
  late.noteCancelled(7);
  late.forget(7);
  expect(late.take([7])).toBe(false);
});

test('answers to the latest 1,000 cancelled requests are expected', () => {
  const late = new LateAnswers();
  for (let id = 0; id <= 1000; id++) late.noteCancelled(id);
  expect(late.take([0])).toBe(false);
  expect(Array.from({ length: 1000 }, (_, i) => late.take([i + 1]))).not.toContain(false);
});

test('as many unknown answers are expected as requests are not followed', () => {
  const late = new LateAnswers();
  late.noteUntracked(2);
  late.noteUntracked(1);
  expect([1, 2, 3, 4].map((id) => late.take([id]))).toEqual([true, true, true, false]);
  late.noteUntracked(Infinity);
  expect(late.take([5])).toBe(true);
  expect(late.take([6])).toBe(true);
});

test('the answer to a cancelled request is not counted among those that are not followed', () => {
  const late = new LateAnswers();
  late.noteUntracked(1);
  late.noteCancelled(7);
  expect([late.take([7]), late.take([8]), late.take([9])]).toEqual([true, true, false]);
});
