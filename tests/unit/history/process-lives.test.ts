import { describe, expect, test } from 'vitest';

import { correctionsFor } from '../../../src/history/process-lives.ts';

// Minutes are enough to tell a story: the windows are two hours, from 60 to 120 and from 120 to 180.
const MINUTE_MS = 60_000;
const WINDOWS = { startMs: 60 * MINUTE_MS, lengthMs: 60 * MINUTE_MS, count: 2 };
const STEP_MINUTES = 2;

/** A process that was born at a minute, and the minutes at which it is told to have been seen. */
interface Sightings {
  readonly instance?: string;
  readonly born: number;
  readonly seen: readonly number[];
}

function corrections(...processes: Sightings[]) {
  const samples = processes.flatMap(({ instance = 'a', born, seen }) =>
    seen.map((minute) => ({ labels: { instance }, timeMs: minute * MINUTE_MS, value: born * 60 })),
  );
  return correctionsFor(WINDOWS, samples, STEP_MINUTES * MINUTE_MS).map(
    ({ window, instance, timeMs, lookbackMs, sign }) =>
      `${window} ${instance} ${sign > 0 ? '+' : '-'}${timeMs / MINUTE_MS} back to ${(timeMs - lookbackMs) / MINUTE_MS}`,
  );
}

test('a process that is there at every edge needs no correction', () => {
  expect(corrections({ born: 0, seen: [60, 120, 180] })).toEqual([]);
});

test('a process that begins in a window and stays needs no correction', () => {
  expect(corrections({ born: 70, seen: [72, 120, 180] })).toEqual([]);
});

describe('a process that goes', () => {
  test('a process that goes is read when it could have been seen for the last time', () => {
    expect(corrections({ born: 0, seen: [60, 100] })).toEqual(['0 a +102 back to 95']);
  });

  test('a process that goes is read before its successor is there', () => {
    const gone = { born: 0, seen: [60, 100] };
    expect(corrections(gone, { born: 101, seen: [102, 120, 180] })).toEqual([
      `0 a +${101 - 0.5 / 60} back to 95`,
    ]);
    // Of another instance, it is not.
    const other = { instance: 'b', born: 101, seen: [102, 120, 180] };
    expect(corrections(gone, other)).toEqual(['0 a +102 back to 95']);
  });

  test('a process that goes is not read beyond the window', () => {
    expect(corrections({ born: 0, seen: [60, 119] })).toEqual(['0 a +120 back to 114']);
  });

  test('a process that goes is read when it was seen, if its successor began earlier by the clocks', () => {
    expect(corrections({ born: 0, seen: [60, 100] }, { born: 99, seen: [102, 120, 180] })[0]).toBe(
      '0 a +100 back to 95',
    );
  });

  test('a process that came and went is not read as its predecessor', () => {
    expect(corrections({ born: 98, seen: [99, 101] })).toEqual(['0 a +103 back to 98']);
  });
});

describe('a process that was there before Prometheus saw it', () => {
  test('what a process counted before Prometheus first saw it is taken away', () => {
    expect(corrections({ born: 0, seen: [80, 120, 180] })).toEqual(['0 a -80 back to 75']);
  });

  test('a process that was taken away in the first window is known in the second', () => {
    expect(corrections({ born: 70, seen: [72, 110, 130, 180] })).toEqual([
      '0 a +112 back to 105',
      '1 a -130 back to 125',
    ]);
  });
});

describe('a process that was first seen in the window after its birth', () => {
  test('a process that is first seen soon after its birth counts from 0', () => {
    expect(corrections({ born: 118, seen: [121, 180] })).toEqual([]);
  });

  test('what a process counted is taken away if it is first seen long after its birth', () => {
    expect(corrections({ born: 110, seen: [121, 180] })).toEqual(['1 a -121 back to 116']);
  });

  test('a process that is first seen soon after its birth counts from 0, also if its birth is before all windows', () => {
    expect(corrections({ born: 59, seen: [61, 120, 180] })).toEqual([]);
    expect(corrections({ born: 50, seen: [61, 120, 180] })).toEqual(['0 a -61 back to 56']);
  });

  test('a process that was out of sight for a while counts once', () => {
    expect(corrections({ born: 118, seen: [119, 122, 180] })).toEqual([
      '0 a +120 back to 118',
      '1 a -122 back to 118',
    ]);
  });
});

test('a process that begins as a window begins, or five minutes before it is seen, counts from 0', () => {
  expect(corrections({ born: 60, seen: [80, 120, 180] })).toEqual([]);
  expect(corrections({ born: 116, seen: [121, 180] })).toEqual([]);
  expect(corrections({ born: 115, seen: [121, 180] })).toEqual(['1 a -121 back to 116']);
});

test('a new process counts from 0 beside one that was there before, and beside one of another instance', () => {
  const stays = { instance: 'b', born: 0, seen: [60, 120, 180] };
  const isNew = { born: 118, seen: [122, 180] };
  expect(corrections(stays, isNew)).toEqual([]);
  // The new one of another instance is no reason to count this one, which was seen before.
  const wasSeen = { instance: 'c', born: 118, seen: [119, 122, 180] };
  expect(corrections(isNew, wasSeen)).toEqual(['0 c +120 back to 118', '1 c -122 back to 118']);
});

test('a process that Prometheus lost sight of inside a window is one process', () => {
  expect(corrections({ born: 0, seen: [60, 80, 100, 120, 180] })).toEqual([]);
});
