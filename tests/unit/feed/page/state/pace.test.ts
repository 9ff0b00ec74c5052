import { describe, expect, it } from 'vitest';

import { paceOf, type Usual } from '../../../../../src/feed/page/state/pace.ts';

const USUAL: Usual = { count: 20, median: 30, p95: 60 };

describe('the pace of a running operation', () => {
  it.each([
    [0, 'about 30 s left'],
    [10.4, 'about 20 s left'],
    [29.5, 'about a second left'],
    [30, 'usually 30.0 s'],
    [60, 'usually 30.0 s'],
    [60.1, 'slower than usual (30.0 s)'],
  ])('after %d s of usually 30 says %j', (elapsed, text) => {
    expect(paceOf(elapsed, USUAL, null).text).toBe(text);
  });

  it('promises no tenths of seconds, and rounds up', () => {
    const slow = { count: 20, median: 300, p95: 600 };
    expect(paceOf(0, { ...USUAL, median: 7.2 }, null).text).toBe('about 8 s left');
    expect(paceOf(100.5, slow, null).text).toBe('about 3 min 20 s left');
  });

  it('is long past 95 % of its kind, and not before', () => {
    expect(paceOf(60, USUAL, null)).toMatchObject({ isLong: false, usual: USUAL });
    expect(paceOf(60.1, USUAL, null)).toMatchObject({ isLong: true, usual: USUAL });
  });

  it('is slow past the threshold, whatever is usual', () => {
    expect(paceOf(5, USUAL, 5)).toMatchObject({ isSlow: false, text: 'about 25 s left' });
    expect(paceOf(5.1, USUAL, 5)).toMatchObject({
      isSlow: true,
      isLong: false,
      text: 'slow, about 25 s left',
    });
    expect(paceOf(61, USUAL, 5).text).toBe('slow, usually 30.0 s');
    expect(paceOf(9, undefined, 5)).toMatchObject({ isSlow: true, isLong: false, text: 'slow: over 5 s' });
  });

  it.each([[undefined], [{ ...USUAL, count: 4 }]])('of what %j says is not known', (usual) => {
    expect(paceOf(1000, usual, null)).toEqual({ text: '', usual: null, isLong: false, isSlow: false });
  });

  it('is known from five on', () => {
    expect(paceOf(0, { ...USUAL, count: 5 }, null).text).toBe('about 30 s left');
  });
});
