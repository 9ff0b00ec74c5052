import { expect, test } from 'vitest';

import { fingerprint } from '../../../src/alerting/fingerprint.ts';

// What Alertmanager 0.25 said of alerts with these labels.
test.each([
  {
    labels: {
      alertname: 'McpHighErrorRate',
      instance: '127.0.0.1:3001',
      job: 'mcp-exporter',
      operation: 'scan',
      severity: 'warning',
    },
    expected: 'c7553de56f3765d0',
  },
  {
    labels: {
      severity: 'warning',
      operation: 'ünï "q" \\ x',
      job: 'mcp-exporter',
      instance: '127.0.0.1:3001',
      alertname: 'McpHighErrorRate',
    },
    expected: '1e0000bb26091857',
  },
  { labels: { alertname: 'a"b\\c\u0001é', job: 'x' }, expected: '629af6e77a682ade' },
])('$expected is the fingerprint that Alertmanager gives $labels', ({ labels, expected }) => {
  expect(fingerprint(labels)).toBe(expected);
});

test('a name and a value do not run into each other', () => {
  expect(fingerprint({ ab: 'c' })).not.toBe(fingerprint({ a: 'bc' }));
});
