import { readdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { loadConfig, readConfig, secretVariables, withoutSecrets } from '../../../src/settings/config.ts';
import { describeSettings } from '../../../src/settings/settings.ts';
import { readRepositoryFile, repositoryPath } from '../../support/repository-file.ts';

const KEY = 'a-secret-key-of-32-characters';

test('the documented defaults apply without any variable', () => {
  expect(loadConfig({})).toMatchObject({
    host: 'localhost',
    feedPort: 3000,
    httpPort: 3001,
    isPageEnabled: true,
    retentionDays: 30,
    isMetricsEnabled: true,
    maxSeries: 300_000,
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
    METRICS_MAX_SERIES: '20000',
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
    MONITORING_API_KEY: KEY,
    MONITORING_ALLOW_UNAUTHENTICATED: 'true',
    MONITORING_ALLOWED_HOSTS: 'ops.example.com, exporter',
    MONITORING_ALLOWED_ORIGINS: 'https://ops.example.com',
    MONITORING_MCP_SESSION_IDLE_SECONDS: '60',
    MONITORING_HUB_URL: 'http://127.0.0.1:4002',
    MONITORING_EXEMPLARS: 'false',
    MONITORING_CAPTURE_PAYLOADS: 'true',
    MONITORING_REDACT_PATTERNS: 'acct-(\\d+)\n\nemp[0-9]{4,}',
    MONITORING_LOG_LEVEL: 'debug',
  });
  expect(config).toEqual({
    hubUrl: 'http://127.0.0.1:4002',
    hubKey: KEY,
    hasExemplars: false,
    isCapturingPayloads: true,
    redactPatterns: ['acct-(\\d+)', 'emp[0-9]{4,}'],
    host: '0.0.0.0',
    feedPort: 4000,
    isPageEnabled: false,
    httpPort: 4001,
    retentionDays: 7,
    isMetricsEnabled: false,
    maxSeries: 20_000,
    slowOperationSeconds: 2.5,
    highErrorRatePercent: 0,
    isAlertingEnabled: true,
    alertWebhookUrl: 'https://hooks.example.com/x',
    sloObjectivePercent: 99.9,
    prometheusUrl: 'http://prometheus:9090/prefix/',
    prometheusJob: 'mcp',
    publicUrl: 'https://mcp.example.com/',
    grafanaUrl: 'https://grafana.example.com',
    apiKey: KEY,
    isAuthRequired: true,
    allowsUnauthenticated: true,
    allowedHosts: ['ops.example.com', 'exporter'],
    allowedOrigins: ['https://ops.example.com'],
    mcpSessionIdleSeconds: 60,
    logLevel: 'debug',
    variablePrefix: '',
  });
  // `apiKey` is derived from two settings, and `variablePrefix` is not a setting.
  expect(describeSettings()).toHaveLength(Object.keys(config).length - 2);
});

test('an empty variable is an unset one', () => {
  expect(loadConfig({ MONITORING_WS_PORT: '', MONITORING_API_KEY: '' }).feedPort).toBe(3000);
});

test('a key without authentication protects nothing', () => {
  expect(loadConfig({ MONITORING_API_KEY: KEY }).apiKey).toBeUndefined();
});

describe('a bad value is one line that names the variable, the value and what is allowed', () => {
  test.each([
    ['MONITORING_WS_PORT', 'abc', 'an integer from 0 to 65535'],
    ['MONITORING_WS_PORT', '65536', 'an integer from 0 to 65535'],
    ['MONITORING_DASHBOARD_PORT', '30.5', 'an integer from 0 to 65535'],
    ['MONITORING_WS_HOST', 'a b', 'a host name or an IP address'],
    ['SLOW_OPERATION_THRESHOLD', '-1', 'a number above 0'],
    ['SLOW_OPERATION_THRESHOLD', '0x10', 'a number above 0'],
    ['HIGH_ERROR_RATE_THRESHOLD', '101', 'a number from 0 to 100'],
    ['MONITORING_SLO_OBJECTIVE', '93.05', 'the fastest alert can never fire'],
    ['MONITORING_SLO_OBJECTIVE', '100', 'below 100'],
    ['PROMETHEUS_JOB', 'a"b', 'text without quotes'],
    ['MONITORING_GRAFANA_URL', 'grafana:3000', 'an http or https URL'],
    ['MONITORING_GRAFANA_URL', 'http://grafana/ops?orgId=2', 'without query'],
    ['MONITORING_PUBLIC_URL', 'http://user:word@ops.example.com', 'without query, fragment and password'],
    ['METRICS_RETENTION_DAYS', '0', 'an integer from 1 to 3650'],
    ['METRICS_COLLECTION_ENABLED', 'maybe', 'true or false'],
    ['METRICS_MAX_SERIES', '999', 'an integer from 1000 to 10000000'],
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
    expect(() => loadConfig({ [name]: value })).toThrow(
      `${name}: expected ${allowed}`.slice(0, name.length + 2),
    );
    const shown = value.replace('user:word@', 'user:[redacted]@');
    expect(() => loadConfig({ [name]: value })).toThrow(`, got ${JSON.stringify(shown)}`);
  });

  test('of several patterns, the one that is bad', () => {
    expect(() => loadConfig({ MONITORING_REDACT_PATTERNS: 'acct-[0-9]+\n(a+' })).toThrow(
      'MONITORING_REDACT_PATTERNS: expected up to 50 regular expressions of up to 500 characters, in RE2 syntax, ' +
        'one per line, got "(a+" (missing closing ): `(a+`)',
    );
  });

  test.each(['MONITORING_API_KEY', 'MONITORING_ALERT_WEBHOOK_URL', 'PROMETHEUS_URL'])(
    'the error never shows the value of %s',
    (name) => {
      expect(() => loadConfig({ [name]: 'hunter 2' })).toThrow(/^(?!.*hunter)/);
    },
  );

  test.each(['localhost:9090', '127.0.0.1:9090/prometheus', '[::1]:9090', 'user:hunter2@prometheus'])(
    'a URL without a scheme, such as %s',
    (url) => {
      expect(() => loadConfig({ PROMETHEUS_URL: url })).toThrow(
        'PROMETHEUS_URL: expected an http or https URL, with user and password if Prometheus requires them, ' +
          'got an invalid value (not shown): the scheme is missing, such as http://',
      );
    },
  );

  test.each(['ftp://localhost:9090', 'http:/', 'local host', '/metrics'])(
    'a URL that is wrong in another way, such as %s',
    (url) => {
      expect(() => loadConfig({ MONITORING_HUB_URL: url })).toThrow(`got ${JSON.stringify(url)}`);
      expect(() => loadConfig({ MONITORING_HUB_URL: url })).not.toThrow('scheme');
    },
  );

  test('authentication without a key and alerting without a URL are refused', () => {
    expect(() => loadConfig({ MONITORING_REQUIRE_AUTH: 'true' })).toThrow(/^MONITORING_API_KEY: not set/);
    expect(() => loadConfig({ MONITORING_ALERTING_ENABLED: 'true' })).toThrow(
      /^MONITORING_ALERT_WEBHOOK_URL: not/,
    );
  });
});

test('a key of fewer than 16 characters is refused', () => {
  expect(() => loadConfig({ MONITORING_API_KEY: 'fifteen-letters' })).toThrow('at least 16');
  expect(loadConfig({ MONITORING_API_KEY: 'sixteen-letters!' }).hubKey).toBe('sixteen-letters!');
});

describe('read without throwing', () => {
  test('a bad setting keeps its default and is named, and the others apply', () => {
    const { config, problems } = readConfig({ MONITORING_WS_PORT: 'abc', METRICS_RETENTION_DAYS: '7' });
    expect(config).toMatchObject({ feedPort: 3000, retentionDays: 7 });
    expect(problems.map(({ message }) => message)).toEqual([
      'MONITORING_WS_PORT: expected an integer from 0 to 65535; 0 takes any free port, got "abc"',
    ]);
  });

  test('a value given in code takes precedence over the environment', () => {
    const env = { MONITORING_DASHBOARD_PORT: '4001', MONITORING_HUB_URL: 'http://127.0.0.1:1' };
    const { config, problems } = readConfig(env, { httpPort: 4002, hubUrl: undefined });
    expect(config).toMatchObject({ httpPort: 4002, hubUrl: undefined });
    expect(problems).toEqual([]);
  });

  test('a misspelt name and a value of the wrong type are problems', () => {
    const wrong = { httpPrt: 5, feedPort: '4000', logLevel: 'loud' } as unknown as { httpPort: number };
    const { config, problems } = readConfig({}, wrong);
    expect(config).toMatchObject({ httpPort: 3001, feedPort: 3000, logLevel: 'info' });
    const messages = problems.map(({ message }) => message);
    expect(messages).toHaveLength(3);
    expect(messages).toContainEqual(
      expect.stringMatching(/^config\.httpPrt: not a setting; expected one of host, /),
    );
    expect(messages).toContainEqual(
      expect.stringMatching(/^config\.feedPort: expected an integer .*, got "4000"/),
    );
    expect(messages).toContainEqual(
      expect.stringMatching(/^config\.logLevel: expected fatal, .*, got "loud"/),
    );
  });

  test.each([
    ['the requirement is not readable', { MONITORING_REQUIRE_AUTH: 'maybe' }, {}],
    ['the key is missing', { MONITORING_REQUIRE_AUTH: 'true' }, {}],
    ['the key is too short', { MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: 'short' }, {}],
    ['the key given in code is too short', {}, { apiKey: 'short' }],
  ])('access is not clear if %s', (_case, env, overrides) => {
    expect(readConfig(env, overrides)).toMatchObject({ isAccessClear: false, config: { apiKey: undefined } });
  });

  test('access is clear with a key, without authentication, and with a bad setting of another kind', () => {
    expect(readConfig({}).isAccessClear).toBe(true);
    expect(readConfig({ MONITORING_WS_PORT: 'abc', MONITORING_API_KEY: 'short' }).isAccessClear).toBe(true);
    expect(readConfig({ MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: KEY }).isAccessClear).toBe(true);
    expect(readConfig({}, { apiKey: KEY }).isAccessClear).toBe(true);
  });
});

test('the secret variables are those with keys and passwords', () => {
  expect(secretVariables().toSorted()).toEqual([
    'MONITORING_ALERT_WEBHOOK_URL',
    'MONITORING_API_KEY',
    'PROMETHEUS_URL',
  ]);
});

test('the environment for other programs has every variable but the secret ones', () => {
  const secrets = Object.fromEntries(
    secretVariables().map((name) => [name, 'https://user:hunter2@example.com']),
  );
  const others = { PATH: '/bin', EMPTY: '', MONITORING_WS_PORT: '3000' };
  expect(withoutSecrets({ ...secrets, ...others })).toEqual(others);
  expect(withoutSecrets({ PROMETHEUS_URL: 'user:hunter2@example.com:9090' })).toEqual({});
});

test('a URL of Prometheus without user and password is no secret: a watched server may need it', () => {
  for (const PROMETHEUS_URL of ['http://prometheus.example.com:9090', 'prometheus.example.com:9090', '']) {
    expect(withoutSecrets({ PROMETHEUS_URL })).toEqual({ PROMETHEUS_URL });
  }
});

test.each([
  ['http://127.0.0.1:3001', 'http://127.0.0.1:3001'],
  ['http://127.0.0.1:3001/', 'http://127.0.0.1:3001'],
  ['http://127.0.0.1:3001/metrics', 'http://127.0.0.1:3001'],
  ['http://127.0.0.1:3001/api/v1/report/', 'http://127.0.0.1:3001'],
  ['https://ops.example.com/mcp/metrics', 'https://ops.example.com/mcp'],
  ['https://ops.example.com/mcp', 'https://ops.example.com/mcp'],
  ['https://metrics', 'https://metrics'],
])('the hub at %s is %s', (text, hubUrl) => {
  expect(loadConfig({ MONITORING_HUB_URL: text })).toMatchObject({ hubUrl });
  expect(readConfig({}, {}, { hub: text }).config).toMatchObject({ hubUrl });
  expect(readConfig({}, { hubUrl: text }).config).toMatchObject({ hubUrl });
});

describe('flags', () => {
  test('take precedence over variables, and one may set several settings', () => {
    const env = { MONITORING_DASHBOARD_PORT: '4001', MONITORING_HUB_URL: 'http://127.0.0.1:4002' };
    const { config, given, problems } = readConfig(env, {}, { port: '5000', hub: 'http://127.0.0.1:5001' });
    expect(config).toMatchObject({ httpPort: 5000, feedPort: 5000, hubUrl: 'http://127.0.0.1:5001' });
    expect([...given].toSorted((a, b) => a.localeCompare(b))).toEqual(['feedPort', 'httpPort', 'hubUrl']);
    expect(problems).toEqual([]);
  });

  test('that are not valid are one problem each, and the variable applies', () => {
    const { config, problems } = readConfig(
      { MONITORING_DASHBOARD_PORT: '4001' },
      {},
      { port: '', hub: 'x' },
    );
    expect(config).toMatchObject({ httpPort: 4001, feedPort: 3000, hubUrl: undefined });
    expect(problems.map(({ message }) => message)).toEqual([
      '--port: expected an integer from 0 to 65535; 0 takes any free port, got ""',
      '--hub: expected an http or https URL, got "x": the scheme is missing, such as http://',
    ]);
  });

  test('may have no password, which others would see', () => {
    const { config, problems } = readConfig({}, {}, { hub: 'http://me:secret@127.0.0.1:3001' });
    expect(config.hubUrl).toBeUndefined();
    expect(problems).toEqual([
      { name: '--hub', message: '--hub: expected an http or https URL, without user and password' },
    ]);
  });
});

describe('variables with a prefix', () => {
  const variablePrefix = 'MCP_EXPORTER_';

  test('are the only ones that are read', () => {
    const env = {
      MONITORING_WS_PORT: '1',
      MCP_EXPORTER_MONITORING_DASHBOARD_PORT: '2',
      METRICS_RETENTION_DAYS: 'x',
    };
    const { config, problems, given } = readConfig(env, { variablePrefix });
    expect(config).toMatchObject({ feedPort: 3000, httpPort: 2, retentionDays: 30, variablePrefix });
    expect(given).toEqual(new Set(['httpPort']));
    expect(problems).toEqual([]);
  });

  test('are named with it in every problem', () => {
    const env = {
      MCP_EXPORTER_METRICS_RETENTION_DAYS: '30d',
      MCP_EXPORTER_MONITORING_REQUIRE_AUTH: 'true',
      MCP_EXPORTER_MONITORING_ALERTING_ENABLED: 'true',
    };
    expect(readConfig(env, { variablePrefix }).problems.map(({ message }) => message)).toEqual([
      'MCP_EXPORTER_METRICS_RETENTION_DAYS: expected an integer from 1 to 3650, got "30d"',
      'MCP_EXPORTER_MONITORING_API_KEY: not set, but MCP_EXPORTER_MONITORING_REQUIRE_AUTH is true; expected the key that clients must send',
      'MCP_EXPORTER_MONITORING_ALERT_WEBHOOK_URL: not set, but MCP_EXPORTER_MONITORING_ALERTING_ENABLED is true; expected an http or https URL',
    ]);
  });

  test('leave access unclear if the one that requires a key is invalid', () => {
    const isClear = (env: Record<string, string>) => readConfig(env, { variablePrefix }).isAccessClear;
    expect(isClear({ MCP_EXPORTER_MONITORING_REQUIRE_AUTH: 'maybe' })).toBe(false);
    expect(isClear({ MONITORING_REQUIRE_AUTH: 'maybe' })).toBe(true);
  });
});

test('a setting has a value only if a flag, a variable or the code gives one', () => {
  expect(readConfig({ MONITORING_WS_PORT: '', METRICS_RETENTION_DAYS: 'soon' }).given).toEqual(new Set());
  expect(readConfig({}, { feedPort: 0 }).given).toEqual(new Set(['feedPort']));
});

test('the source and the documents name no variable that is not a setting', () => {
  const settings = new Set(describeSettings().map(({ name }) => name));
  const files = readdirSync(repositoryPath('src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `src/${file}`);
  const pages = readdirSync(repositoryPath('docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`);
  const named = [...files, ...pages, 'README.md', 'SECURITY.md'].flatMap((file) =>
    [
      ...readRepositoryFile(file).matchAll(/\b(?:MCP_EXPORTER_)?((?:MONITORING|METRICS)_[A-Z_]*[A-Z])\b/g),
    ].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(100);
  expect([...new Set(named)].filter((name) => !settings.has(name))).toEqual([]);
});

test.each(['30.0', '030', '-0.0', '3e1'])(
  'an integer written as %s is refused, as other programs do',
  (text) => {
    expect(() => loadConfig({ METRICS_RETENTION_DAYS: text })).toThrow(
      `METRICS_RETENTION_DAYS: expected an integer from 1 to 3650, got "${text}"`,
    );
  },
);

describe('a URL that other programs read, too', () => {
  const READ_BY_OTHERS = ['MONITORING_ALERT_WEBHOOK_URL', 'MONITORING_PUBLIC_URL', 'MONITORING_GRAFANA_URL'];
  const REFUSED = [
    ' http://a.test',
    'http://a.test/ ',
    'http://a.test/a b',
    'http://a.test/a\tb',
    'http://a.test/%zz',
  ];

  test.each(READ_BY_OTHERS.flatMap((name) => REFUSED.map((url) => [name, url])))(
    '%s=%j is refused',
    (name, url) => {
      expect(() => loadConfig({ [name]: url })).toThrow(
        'spaces and special characters must be percent-encoded',
      );
    },
  );

  test.each(READ_BY_OTHERS)('%s may have a path, a final slash and an IPv6 address', (name) => {
    for (const url of [
      'http://a.test',
      'HTTP://a.test:81/b/',
      'http://[::1]:3001/%C3%A4',
      "https://a.test/$HOME'(*)",
    ]) {
      expect(() => loadConfig({ [name]: url })).not.toThrow();
    }
  });

  test('only the exporter reads PROMETHEUS_URL, so spaces around it are removed', () => {
    expect(loadConfig({ PROMETHEUS_URL: ' http://a.test ' }).prometheusUrl).toBe('http://a.test');
  });
});
