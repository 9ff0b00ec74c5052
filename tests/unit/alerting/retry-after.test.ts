import { expect, test } from 'vitest';

import { parseRetryAfter } from '../../../src/alerting/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

test.each([
  { header: undefined, waitMs: 0 },
  { header: '120', waitMs: 120_000 },
  { header: 'Sun, 01 Mar 2026 12:00:30 GMT', waitMs: 30_000 },
  { header: 'Sun, 01 Mar 2026 11:00:00 GMT', waitMs: 0 },
  { header: 'soon', waitMs: 0 },
  { header: '99999999999999999999', waitMs: 3_600_000 },
])('$header asks to wait $waitMs ms', ({ header, waitMs }) => {
  expect(parseRetryAfter(header, NOW)).toBe(waitMs);
});
