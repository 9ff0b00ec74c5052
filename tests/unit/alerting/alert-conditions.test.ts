import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { createConditions } from '../../../src/alerting/alert-conditions.ts';

function conditions({ highErrorRatePercent = 10, slowOperationSeconds = 5, variablePrefix = '' } = {}) {
  const [errorRate, slow] = createConditions({
    prometheusJob: 'mcp-exporter',
    highErrorRatePercent,
    slowOperationSeconds,
    variablePrefix,
  });
  if (!errorRate || !slow) throw new Error('two conditions were expected');
  return { errorRate, slow };
}

describe('McpHighErrorRate', () => {
  test('McpHighErrorRate names the variable that the process reads', () => {
    const { errorRate } = conditions({ variablePrefix: 'MCP_EXPORTER_' });
    expect(errorRate.describe('scan', { ended: 5, failed: 5, slow: 0 })).toContain(
      '; MCP_EXPORTER_HIGH_ERROR_RATE_THRESHOLD is exceeded.',
    );
  });

  test.each([
    { ended: 0, failed: 0, fires: false, why: 'nothing ended' },
    { ended: 4, failed: 4, fires: false, why: 'four are too few to speak of a rate' },
    { ended: 5, failed: 1, fires: true, why: 'five are enough' },
    { ended: 10, failed: 1, fires: false, why: 'the threshold itself is allowed' },
    { ended: 1000, failed: 101, fires: true, why: 'above it is not' },
  ])('McpHighErrorRate if $failed of $ended failed: $why', ({ ended, failed, fires }) => {
    expect(conditions().errorRate.describe('scan', { ended, failed, slow: 0 }) !== null).toBe(fires);
  });

  test('an error rate threshold of 0 forbids any failure, and one of 100 allows all', () => {
    const counts = { ended: 5, failed: 5, slow: 0 };
    expect(
      conditions({ highErrorRatePercent: 0 }).errorRate.describe('scan', { ...counts, failed: 0 }),
    ).toBeNull();
    expect(
      conditions({ highErrorRatePercent: 0 }).errorRate.describe('scan', { ...counts, failed: 1 }),
    ).toBeTruthy();
    expect(conditions({ highErrorRatePercent: 100 }).errorRate.describe('scan', counts)).toBeNull();
  });

  test('McpHighErrorRate says how many, of which operation, and which setting', () => {
    expect(conditions().errorRate.describe('scan', { ended: 6, failed: 2, slow: 0 })).toBe(
      '33.33% of scan (mcp-exporter) failed in the last 5 minutes; HIGH_ERROR_RATE_THRESHOLD is exceeded.',
    );
  });
});

describe('McpSlowOperations', () => {
  test.each([
    { ended: 0, slow: 0, fires: false },
    { ended: 1, slow: 1, fires: true },
    { ended: 20, slow: 1, fires: false },
    { ended: 19, slow: 1, fires: true },
  ])('McpSlowOperations if $slow of $ended were slow: $fires', ({ ended, slow, fires }) => {
    expect(conditions().slow.describe('scan', { ended, failed: 0, slow }) !== null).toBe(fires);
  });

  test('McpSlowOperations says the threshold', () => {
    const { slow } = conditions({ slowOperationSeconds: 90 });
    expect(slow.describe('scan', { ended: 4, failed: 0, slow: 1 })).toBe(
      '25% of scan (mcp-exporter) took longer than 1m 30s in the last 5 minutes.',
    );
  });
});

test('both are rules of Prometheus too, by the same name, for the same reason and of the same severity', () => {
  const file = new URL('../../../prometheus/rules/threshold.yml', import.meta.url);
  const { groups } = parse(readFileSync(file, 'utf8')) as {
    groups: { rules: { alert: string; labels: { severity: string }; annotations: { summary: string } }[] }[];
  };
  const rules = groups.flatMap(({ rules }) => rules);
  expect(
    rules.map(({ alert, labels, annotations }) => `${alert} ${labels.severity} ${annotations.summary}`),
  ).toEqual(Object.values(conditions()).map(({ alertName, summary }) => `${alertName} warning ${summary}`));
});
