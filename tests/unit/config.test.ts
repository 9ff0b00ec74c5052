import { describe, expect, test } from 'vitest';

import { describeSettings, loadConfig } from '../../src/config.ts';

test('without any variable the seed’s defaults hold', () => {
  expect(loadConfig({})).toMatchObject({
    host: 'localhost',
    feedPort: 3000,
    httpPort: 3001,
    isPageEnabled: true,
    retentionDays: 30,
    isMetricsEnabled: true,
    slowOperationSeconds: 5,
    highErrorRatePercent: 10,
    isAlertingEnabled: false,
    apiKey: undefined,
  });
});

test('every variable has its effect', () => {
  const config = loadConfig({
    MONITORING_WS_HOST: '0.0.0.0',
    MONITORING_WS_PORT: '4000',
    MONITORING_DASHBOARD_ENABLED: 'FALSE',
    MONITORING_DASHBOARD_PORT: '4001',
    METRICS_RETENTION_DAYS: '7',
    METRICS_COLLECTION_ENABLED: '0',
    SLOW_OPERATION_THRESHOLD: '2.5',
    HIGH_ERROR_RATE_THRESHOLD: '0',
    MONITORING_ALERTING_ENABLED: 'true',
    MONITORING_ALERT_WEBHOOK_URL: 'https://hooks.example.com/x',
    MONITORING_SLO_OBJECTIVE: '99.9',
    PROMETHEUS_URL: 'http://prometheus:9090/prefix/',
    PROMETHEUS_JOB: 'mcp',
    MONITORING_PUBLIC_URL: 'https://mcp.example.com/',
    MONITORING_GRAFANA_URL: 'https://grafana.example.com',
    MONITORING_REQUIRE_AUTH: 'true',
    MONITORING_API_KEY: 'a-secret-key',
    MONITORING_ALLOWED_HOSTS: 'ops.example.com, exporter',
    MONITORING_ALLOWED_ORIGINS: 'https://ops.example.com',
    MONITORING_MCP_SESSION_IDLE_SECONDS: '60',
    MONITORING_HUB_URL: 'http://127.0.0.1:4002',
    MONITORING_EXEMPLARS: 'false',
    MONITORING_CAPTURE_PAYLOADS: 'true',
    MONITORING_LOG_LEVEL: 'debug',
  });
  expect(config).toEqual({
    hubUrl: 'http://127.0.0.1:4002',
    hubKey: 'a-secret-key',
    hasExemplars: false,
    isCapturingPayloads: true,
    host: '0.0.0.0',
    feedPort: 4000,
    isPageEnabled: false,
    httpPort: 4001,
    retentionDays: 7,
    isMetricsEnabled: false,
    slowOperationSeconds: 2.5,
    highErrorRatePercent: 0,
    isAlertingEnabled: true,
    alertWebhookUrl: 'https://hooks.example.com/x',
    sloObjectivePercent: 99.9,
    prometheusUrl: 'http://prometheus:9090/prefix/',
    prometheusJob: 'mcp',
    publicUrl: 'https://mcp.example.com/',
    grafanaUrl: 'https://grafana.example.com',
    apiKey: 'a-secret-key',
    allowedHosts: ['ops.example.com', 'exporter'],
    allowedOrigins: ['https://ops.example.com'],
    mcpSessionIdleSeconds: 60,
    logLevel: 'debug',
  });
  expect(describeSettings()).toHaveLength(Object.keys(config).length);
});

test('an empty variable is an unset one', () => {
  expect(loadConfig({ MONITORING_WS_PORT: '', MONITORING_API_KEY: '' }).feedPort).toBe(3000);
});

test('a key without authentication guards nothing', () => {
  expect(loadConfig({ MONITORING_API_KEY: 'a-secret-key' }).apiKey).toBeUndefined();
});

describe('a bad value is one line that names the variable, the value and what is allowed', () => {
  test.each([
    ['MONITORING_WS_PORT', 'abc', 'a whole number from 0 to 65535'],
    ['MONITORING_WS_PORT', '65536', 'a whole number from 0 to 65535'],
    ['MONITORING_DASHBOARD_PORT', '30.5', 'a whole number from 0 to 65535'],
    ['MONITORING_WS_HOST', 'a b', 'a host name or an IP address'],
    ['SLOW_OPERATION_THRESHOLD', '-1', 'a number above 0'],
    ['SLOW_OPERATION_THRESHOLD', '0x10', 'a number above 0'],
    ['HIGH_ERROR_RATE_THRESHOLD', '101', 'a number from 0 to 100'],
    ['MONITORING_SLO_OBJECTIVE', '93.05', 'no burn could reach the fastest alert'],
    ['MONITORING_SLO_OBJECTIVE', '100', 'below 100'],
    ['PROMETHEUS_JOB', 'a"b', 'a text without quotes'],
    ['MONITORING_GRAFANA_URL', 'grafana:3000', 'an http or https URL'],
    ['MONITORING_GRAFANA_URL', 'http://grafana/ops?orgId=2', 'without query'],
    ['MONITORING_PUBLIC_URL', 'http://user:word@ops.example.com', 'without query, fragment and password'],
    ['METRICS_RETENTION_DAYS', '0', 'a whole number from 1 to 3650'],
    ['METRICS_COLLECTION_ENABLED', 'maybe', 'true or false'],
    ['MONITORING_ALLOWED_HOSTS', 'a b,c', 'host names without ports'],
    ['MONITORING_ALLOWED_ORIGINS', 'https://x.example/path', 'origins such as'],
    ['MONITORING_LOG_LEVEL', 'loud', 'fatal, error'],
  ])('%s=%s', (name, value, allowed) => {
    expect(() => loadConfig({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'invalid_setting',
        message: expect.stringContaining(allowed),
      }) as Error,
    );
    expect(() => loadConfig({ [name]: value })).toThrow(`${name}: got ${JSON.stringify(value)}, expected`);
  });

  test.each(['MONITORING_API_KEY', 'MONITORING_ALERT_WEBHOOK_URL', 'PROMETHEUS_URL'])(
    'but never the value of %s',
    (name) => {
      expect(() => loadConfig({ [name]: 'hunter 2' })).toThrow(/^(?!.*hunter)/);
    },
  );

  test('authentication without a key, and alerting without a URL', () => {
    expect(() => loadConfig({ MONITORING_REQUIRE_AUTH: 'true' })).toThrow(/^MONITORING_API_KEY: not set/);
    expect(() => loadConfig({ MONITORING_ALERTING_ENABLED: 'true' })).toThrow(
      /^MONITORING_ALERT_WEBHOOK_URL: not/,
    );
  });
});
