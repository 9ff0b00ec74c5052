import { describe, expect, test } from 'vitest';

import { createConditions } from '../../../src/alerting/alert-conditions.ts';
import { alertRules } from '../../support/rule-files.ts';

function conditions({ highErrorRatePercent = 10, slowOperationSeconds = 5, variablePrefix = '' } = {}) {
  const [errorRate, slow, stalled] = createConditions({
    highErrorRatePercent,
    slowOperationSeconds,
    variablePrefix,
  });
  if (!errorRate || !slow || !stalled) throw new Error('three conditions were expected');
  return { errorRate, slow, stalled };
}

const SCAN = { server: null, operation: 'scan' };
const NOTHING = { ended: 0, failed: 0, slow: 0, lastError: null, stall: null };

describe('McpHighErrorRate', () => {
  test('McpHighErrorRate names the variable that the process reads', () => {
    const { errorRate } = conditions({ variablePrefix: 'MCP_EXPORTER_' });
    expect(errorRate.describe(SCAN, { ...NOTHING, ended: 5, failed: 5 })).toContain(
      ', more than MCP_EXPORTER_HIGH_ERROR_RATE_THRESHOLD allows.',
    );
  });

  test.each([
    { ended: 0, failed: 0, fires: false, why: 'nothing ended' },
    { ended: 4, failed: 4, fires: false, why: 'four are too few to speak of a rate' },
    { ended: 5, failed: 1, fires: true, why: 'five are enough' },
    { ended: 10, failed: 1, fires: false, why: 'the threshold itself is allowed' },
    { ended: 1000, failed: 101, fires: true, why: 'above it is not' },
  ])('McpHighErrorRate if $failed of $ended failed: $why', ({ ended, failed, fires }) => {
    expect(conditions().errorRate.describe(SCAN, { ...NOTHING, ended, failed }) !== null).toBe(fires);
  });

  test('an error rate threshold of 0 forbids any failure, and one of 100 allows all', () => {
    const counts = { ...NOTHING, ended: 5, failed: 5 };
    expect(
      conditions({ highErrorRatePercent: 0 }).errorRate.describe(SCAN, { ...counts, failed: 0 }),
    ).toBeNull();
    expect(
      conditions({ highErrorRatePercent: 0 }).errorRate.describe(SCAN, { ...counts, failed: 1 }),
    ).toBeTruthy();
    expect(conditions({ highErrorRatePercent: 100 }).errorRate.describe(SCAN, counts)).toBeNull();
  });

  test('McpHighErrorRate says how many, of which operation, which setting, and the last error', () => {
    const counts = { ...NOTHING, ended: 6, failed: 2 };
    const { errorRate } = conditions();
    expect(errorRate.describe(SCAN, counts)).toBe(
      '2 of 6 calls of scan failed in the last 5 minutes (33.33%), more than HIGH_ERROR_RATE_THRESHOLD allows.',
    );
    expect(errorRate.describe({ ...SCAN, server: 'files' }, { ...counts, lastError: 'no such file' })).toBe(
      '2 of 6 calls of scan of files failed in the last 5 minutes (33.33%), more than ' +
        'HIGH_ERROR_RATE_THRESHOLD allows. Last error: no such file',
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
    expect(conditions().slow.describe(SCAN, { ...NOTHING, ended, slow }) !== null).toBe(fires);
  });

  test('McpSlowOperations says the threshold', () => {
    const { slow } = conditions({ slowOperationSeconds: 90 });
    expect(slow.describe(SCAN, { ...NOTHING, ended: 4, slow: 1 })).toBe(
      '1 of 4 calls of scan took longer than 1m 30s in the last 5 minutes. More than 5 % fire this alert.',
    );
  });
});

test('McpOperationStalled says how many calls hang, and for how long', () => {
  const { stalled } = conditions();
  expect(stalled.describe(SCAN, NOTHING)).toBeNull();
  const stall = { count: 2, silentSeconds: 95.5 };
  expect(stalled.describe({ ...SCAN, server: 'files' }, { ...NOTHING, stall })).toBe(
    '2 running calls of scan of files may hang: no progress for 1m 35s, longer than usual.',
  );
});

test('all are rules of Prometheus, too, with the same name, summary and severity', () => {
  const rules = alertRules.map(
    ({ alert, labels, annotations }) => `${alert} ${labels['severity']} ${annotations['summary']}`,
  );
  const ours = Object.values(conditions()).map(({ alertName, summary }) => `${alertName} warning ${summary}`);
  expect(rules).toEqual(expect.arrayContaining(ours));
});
