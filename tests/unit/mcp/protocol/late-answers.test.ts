import { expect, test } from 'vitest';

import { LateAnswers } from '../../../../src/mcp/protocol/late-answers.ts';

test('the answer to a cancelled request is expected once, and has its method', () => {
  const late = new LateAnswers();
  late.noteCancelled(7, 'tools/call');
  late.noteCancelled(6, 'ping');
  const taken = [8, 7, 7, 6].map((id) => late.takeCancelled([id]));
  expect(taken).toEqual([undefined, 'tools/call', undefined, 'ping']);
});

test('an answer has the method of the first of its keys that was cancelled', () => {
  const late = new LateAnswers();
  late.noteCancelled(7, 'tools/call');
  expect(late.takeCancelled(['7', 7])).toBe('tools/call');
});

test('an answer is no longer expected once its id is used again', () => {
  const late = new LateAnswers();
  late.noteCancelled(7, 'ping');
  late.forget(7);
  expect(late.takeCancelled([7])).toBeUndefined();
});

test('answers to the latest 1,000 cancelled requests are expected', () => {
  const late = new LateAnswers();
  for (let id = 0; id <= 1000; id++) late.noteCancelled(id, 'ping');
  expect(late.takeCancelled([0])).toBeUndefined();
  const taken = Array.from({ length: 1000 }, (_, i) => late.takeCancelled([i + 1]));
  expect(new Set(taken)).toEqual(new Set(['ping']));
});

test('as many unknown answers are expected as requests are not followed', () => {
  const late = new LateAnswers();
  late.noteUntracked(2);
  late.noteUntracked(1);
  expect([1, 2, 3, 4].map(() => late.takeUntracked())).toEqual([true, true, true, false]);
  late.noteUntracked(Infinity);
  expect(late.takeUntracked()).toBe(true);
  expect(late.takeUntracked()).toBe(true);
});
