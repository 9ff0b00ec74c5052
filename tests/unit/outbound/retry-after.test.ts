import { expect, test } from 'vitest';

import { parseRetryAfter } from '../../../src/outbound/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

test.each([
  { header: null, waitMs: 0 },
  { header: '120', waitMs: 120_000 },
  { header: 'Sun, 01 Mar 2026 12:00:30 GMT', waitMs: 30_000 },
  { header: 'Sun, 01 Mar 2026 11:00:00 GMT', waitMs: 0 },
  { header: 'soon', waitMs: 0 },
  { header: '99999999999999999999', waitMs: 3_600_000 },
])('$header asks to wait $waitMs ms', ({ header, waitMs }) => {
  expect(parseRetryAfter(header, NOW, 3_600_000)).toBe(waitMs);
});

test('a wait has the upper bound that the caller sets', () => {
  expect(parseRetryAfter('61', NOW, 60_000)).toBe(60_000);
  expect(parseRetryAfter('Sun, 01 Mar 2026 13:00:00 GMT', NOW, 60_000)).toBe(60_000);
});
