import { expect, test } from 'vitest';

import { humanizeDuration, humanizePercentage } from '../../../src/alerting/humanize.ts';

// As Prometheus' templates: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
test.each([
  [0.0005, '500us'],
  [0.05, '50ms'],
  [1, '1s'],
  [2.5, '2.5s'],
  [59.123456, '59.12s'],
  [60, '1m 0s'],
  [90.7, '1m 30s'],
  [3600, '1h 0m 0s'],
  [86_400, '1d 0h 0m 0s'],
])('%d seconds are %s', (seconds, text) => {
  expect(humanizeDuration(seconds)).toBe(text);
});

test.each([
  [1, '100%'],
  [1 / 3, '33.33%'],
  [0.055, '5.5%'],
])('a ratio of %d is %s', (ratio, text) => {
  expect(humanizePercentage(ratio)).toBe(text);
});
