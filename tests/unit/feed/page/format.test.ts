import { describe, expect, it } from 'vitest';

import {
  formatAge,
  formatCount,
  formatDateTime,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatTick,
  formatTime,
  formatUtc,
  formatValue,
} from '../../../../src/feed/page/format.ts';

describe('a duration', () => {
  it.each([
    [0, '< 1 ms'],
    [0.0009, '< 1 ms'],
    [0.0421, '42 ms'],
    [0.9996, '1.00 s'],
    [1.234, '1.23 s'],
    [9.996, '10.0 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min 00 s'],
    [125, '2 min 05 s'],
    [3599.7, '1 h 00 min'],
    [7380, '2 h 03 min'],
  ])('of %d s reads %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('a tick of an axis', () => {
  it.each([
    [0, '0'],
    [50, '50 ms'],
    [1000, '1 s'],
    [2500, '2.5 s'],
    [30_000, '30 s'],
    [60_000, '1 min 00 s'],
    [90_000, '1 min 30 s'],
    [7_200_000, '2 h 00 min'],
  ])('at %d ms reads %s', (milliseconds, text) => {
    expect(formatTick(milliseconds)).toBe(text);
  });
});

describe('a running clock', () => {
  it.each([
    [0.19, '0.1 s'],
    [59.99, '59.9 s'],
    [60, '1 min 00 s'],
    [3600, '1 h 00 min'],
  ])('after %d s reads %s', (seconds, text) => {
    expect(formatElapsed(seconds)).toBe(text);
  });

  it('does not go below zero where the server’s clock is ahead', () => {
    expect(formatElapsed(-3)).toBe('0.0 s');
  });
});

describe('a rate', () => {
  it.each([
    [100, '100%'],
    [99.99, '99.9%'],
    [66.666, '66.7%'],
    [99.9999, '99.9%'],
    [0.0001, '0.1%'],
    [12.3, '12.3%'],
    [0, '0%'],
  ])('of %d percent reads %s', (percent, text) => {
    expect(formatPercent(percent)).toBe(text);
  });
});

describe('a count', () => {
  it('has its thousands apart', () => {
    expect(formatCount(7)).toBe('7');
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });
});

describe('an age', () => {
  it.each([
    [-2, 'now'],
    [4.9, 'now'],
    [59.9, '59 s ago'],
    [60, '1 min ago'],
    [7200, '2 h ago'],
    [86_399, '23 h ago'],
    [200_000, '2 d ago'],
  ])('of %d s reads %s', (seconds, text) => {
    expect(formatAge(seconds)).toBe(text);
  });
});

describe('a time', () => {
  const noon = new Date(2026, 7, 1, 12, 3, 4).getTime();

  it('has a date and a time of day in local time', () => {
    expect(formatDateTime(noon)).toBe('2026-08-01 12:03:04');
  });

  it('leaves out today’s date, and no other', () => {
    expect(formatTime(noon, noon + 60_000)).toBe('12:03:04');
    expect(formatTime(noon, noon + 86_400_000)).toBe('2026-08-01 12:03:04');
  });
});

describe('universal time', () => {
  it('is told to the millisecond, and says that it is', () => {
    expect(formatUtc(Date.parse('2026-08-01T14:03:22.042+02:00'))).toBe('2026-08-01 12:03:22.042 UTC');
  });
});

describe('a detail', () => {
  it('is shown as it is where it is text, and as JSON where it is not', () => {
    expect(formatValue('<b>1</b>')).toBe('<b>1</b>');
    expect(formatValue(3)).toBe('3');
    expect(formatValue({ files: ['a'] })).toBe('{\n  "files": [\n    "a"\n  ]\n}');
    expect(formatValue(undefined)).toBe('');
  });
});
