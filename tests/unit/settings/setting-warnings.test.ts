import { describe, expect, test } from 'vitest';

import { readConfig } from '../../../src/settings/config.ts';
import { plainNames, settingWarnings } from '../../../src/settings/setting-warnings.ts';

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

describe('in front of a command', () => {
  const warnings = (env: Record<string, string>) =>
    settingWarnings(env, readConfig(env, { variablePrefix: 'MCP_EXPORTER_' }).config);

  test.each([
    ['MCP_EXPORTER_MONITORING_HUBURL', 'MCP_EXPORTER_MONITORING_HUB_URL'],
    ['MCP_EXPORTER_API_KEY', 'MCP_EXPORTER_MONITORING_API_KEY'],
    ['MCP_EXPORTER_LOG_LEVEL', 'MCP_EXPORTER_MONITORING_LOG_LEVEL'],
    ['MCP_EXPORTER_METRICS_RETENTION_DAY', 'MCP_EXPORTER_METRICS_RETENTION_DAYS'],
  ])('%s: %s', (variable, setting) => {
    const reason = `unknown name, did you mean ${setting}?`;
    expect(warnings({ [variable]: '1' })).toEqual([{ variable, reason }]);
  });

  test('names of the server are not checked', () => {
    expect(warnings({ MONITORING_HUBURL: 'x', MONITORING_API_KEY: 'the-key-of-the-server' })).toEqual([]);
  });

  test('a key and a webhook without effect are named with their prefix', () => {
    const env = {
      MCP_EXPORTER_MONITORING_API_KEY: 'a-secret-key-of-32-characters',
      MCP_EXPORTER_MONITORING_ALERT_WEBHOOK_URL: 'https://hooks.example.com/x',
    };
    expect(warnings(env).map(({ reason }) => reason)).toEqual([
      'clients need no key unless MCP_EXPORTER_MONITORING_REQUIRE_AUTH is true',
      'no alerts are posted unless MCP_EXPORTER_MONITORING_ALERTING_ENABLED is true',
    ]);
  });
});

describe('a plain name in the environment of a proxied server', () => {
  test('is named if only the exporter has it', () => {
    expect(
      plainNames({ MONITORING_HUB_URL: 'http://127.0.0.1:3001', MONITORING_CAPTURE_PAYLOADS: 'true' }),
    ).toEqual(
      ['MONITORING_HUB_URL', 'MONITORING_CAPTURE_PAYLOADS'].map((variable) => ({
        variable,
        reason: `it is passed to the server; the proxy reads MCP_EXPORTER_${variable}`,
      })),
    );
  });

  test.each([
    { MONITORING_API_KEY: 'the-key-of-the-server' },
    { MONITORING_LOG_LEVEL: 'debug' },
    { MONITORING_GRAFANA_URL: 'http://grafana.example.com' },
    { PROMETHEUS_URL: 'http://prometheus.example.com' },
    { METRICS_RETENTION_DAYS: '30' },
    { MONITORING_HUB_URL: '' },
    { MONITORING_CAPTURE_PAYLOADS: 'weekly' },
  ])('is not if it may be the server’s: %j', (env) => {
    expect(plainNames(env)).toEqual([]);
  });
});
