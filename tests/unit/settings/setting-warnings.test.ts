import { describe, expect, test } from 'vitest';

import { readConfig } from '../../../src/settings/config.ts';
import { settingWarnings } from '../../../src/settings/setting-warnings.ts';

const warningsOf = (env: Record<string, string>) => settingWarnings(env, readConfig(env).config);

describe('a variable that is close to a setting is named with that setting', () => {
  test.each([
    ['MONITORING_DASBOARD_PORT', 'MONITORING_DASHBOARD_PORT'],
    ['MONITORING_WS_PROT', 'MONITORING_WS_PORT'],
    ['MONITORING_HUBURL', 'MONITORING_HUB_URL'],
    ['METRICS_RETENTION_DAY', 'METRICS_RETENTION_DAYS'],
    ['MONITORING_RETENTION_DAYS', 'METRICS_RETENTION_DAYS'],
    ['MONITORING_PROMETHEUS_URL', 'PROMETHEUS_URL'],
    ['METRICS_LOG_LEVEL', 'MONITORING_LOG_LEVEL'],
  ])('%s: %s', (variable, setting) => {
    const reason = `unknown name, did you mean ${setting}?`;
    expect(warningsOf({ [variable]: '1' })).toEqual([{ variable, reason }]);
  });
});

test.each(['MONITORING_ENDPOINT', 'METRICS_PORT', 'METRICS_ENABLED', 'MONITOR_WS_PORT', 'MONITORING_'])(
  '%s may belong to another program',
  (variable) => {
    expect(warningsOf({ [variable]: '1' })).toEqual([]);
  },
);

test('a webhook without alerting is unused, unless alerting is turned off explicitly', () => {
  const webhook = { MONITORING_ALERT_WEBHOOK_URL: 'https://hooks.example.com/x' };
  expect(warningsOf(webhook)).toEqual([
    {
      variable: 'MONITORING_ALERT_WEBHOOK_URL',
      reason: 'no alerts are posted unless MONITORING_ALERTING_ENABLED is true',
    },
  ]);
  expect(warningsOf({ ...webhook, MONITORING_ALERTING_ENABLED: 'true' })).toEqual([]);
  expect(warningsOf({ ...webhook, MONITORING_ALERTING_ENABLED: 'false' })).toEqual([]);
  expect(warningsOf({ MONITORING_ALERT_WEBHOOK_URL: '' })).toEqual([]);
});

describe('a key', () => {
  const key = { MONITORING_API_KEY: 'a-secret-key-of-32-characters' };
  const unused = {
    variable: 'MONITORING_API_KEY',
    reason: 'clients need no key unless MONITORING_REQUIRE_AUTH is true',
  };

  test('that clients need not send is unused', () => {
    expect(warningsOf(key)).toEqual([unused]);
    expect(warningsOf({ ...key, MONITORING_REQUIRE_AUTH: 'false' })).toEqual([unused]);
  });

  test('that clients or a hub require is used', () => {
    expect(warningsOf({ ...key, MONITORING_REQUIRE_AUTH: 'true' })).toEqual([]);
    expect(warningsOf({ ...key, MONITORING_HUB_URL: 'http://127.0.0.1:3001' })).toEqual([]);
    expect(warningsOf({ MONITORING_API_KEY: '' })).toEqual([]);
  });
});
