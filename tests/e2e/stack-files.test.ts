import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

import { alertmanagerConfig } from '../../scripts/stack/alertmanager-config.ts';
import { loadConfig } from '../../src/settings/config.ts';
import { COMPOSE_FILE, readComposeFile, withDefaults } from '../support/compose-file.ts';
import { withOrdinaryPermissions } from '../support/ordinary-permissions.ts';
import { readRepositoryFile, readYaml, repositoryPath } from '../support/repository-file.ts';

const REPOSITORY = repositoryPath('');
const HOOKS = [
  'http://127.0.0.1:9/hook',
  String.raw`https://user:pass@hooks.example.com/a\b?c='d'&e=$HOME#"f&&\1|g`,
];

function run(command: string, args: string[], env: Record<string, string> = {}) {
  const options = {
    cwd: REPOSITORY,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  } as const;
  return execFileSync(command, args, { ...options, stdio: 'pipe' });
}

const SERVICES = {
  exporter: { source: '', program: 'node' },
  prometheus: { source: '', program: 'prometheus' },
  alertmanager: { source: 'prometheus/', program: 'alertmanager' },
  grafana: { source: 'grafana/', program: '/run.sh' },
};

/**
 * Runs a service's entrypoint from the compose file with this machine's `sh`; only the folders are others. What it
 * starts in the end says how it was called. `unreadable` is a file of the repository that the container may not read.
 */
function runEntrypoint(service: keyof typeof SERVICES, env: Record<string, string>, unreadable?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const { source, program } = SERVICES[service];
  const said = '#!/bin/sh\nenv | grep -E "^(MONITORING|GF)_"\nprintf "<%s>" "$@"\n';
  writeFileSync(join(bin, basename(program)), said, { mode: 0o755 });
  const repository = unreadable === undefined ? REPOSITORY : copyWith(unreadable, folder);
  const { entrypoint = [], environment, tmpfs = [] } = readComposeFile().services[service];
  const [shell = '', flags = '', script = '', name = ''] = entrypoint;
  const localScript = script
    // Compose's own escape.
    .replaceAll('$$', '$')
    .replaceAll(`/etc/${service}/`, join(repository, source))
    .replaceAll(program, basename(program))
    .replaceAll(tmpfs.find((path) => path.startsWith('/run/')) ?? 'no folder', folder);
  const unset = Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      key.endsWith('_PORT') ? withDefaults(String(value)) : '',
    ]),
  );
  const PATH = `${bin}:${process.env['PATH']}`;
  const { command, args } = withOrdinaryPermissions(shell, [
    flags,
    localScript,
    name,
    '--flag',
    'with space',
  ]);
  const output = run(command, args, { ...unset, ...env, PATH });
  return { output, file: (path: string) => join(folder, path) };
}

/** A copy of the mounted files in `folder`. */
function copyWith(unreadable: string, folder: string): string {
  const copy = join(folder, 'repository');
  for (const path of ['prometheus.yml', 'prometheus', 'grafana/provisioning', 'grafana/dashboards']) {
    cpSync(repositoryPath(path), join(copy, path), { recursive: true });
  }
  chmodSync(join(copy, unreadable), 0);
  return `${copy}/`;
}

test('promtool accepts prometheus.yml and all rules it loads', () => {
  const output = run('promtool', ['check', 'config', 'prometheus.yml']);
  const rules = readFileSync(repositoryPath('prometheus/rules/burn-rate.yml'), 'utf8');
  expect(rules).toContain('alert:');
  expect(output).toContain('prometheus.yml is valid');
  expect(output).toContain('Checking prometheus/rules/burn-rate.yml');
  expect(output).not.toContain('FAILED');
});

test('amtool accepts alertmanager.yml', () => {
  expect(run('amtool', ['check-config', 'prometheus/alertmanager.yml'])).toContain('SUCCESS');
});

describe('docker-compose', () => {
  const check = (env: Record<string, string>) => run('docker-compose', ['-f', COMPOSE_FILE, 'config'], env);

  test('docker-compose accepts the compose file', () => {
    const services = readComposeFile().services;
    const { services: loaded } = parse(check({})) as { services: object };
    expect(Object.keys(loaded).toSorted()).toEqual(Object.keys(services).toSorted());
  });

  test('compose passes a webhook’s URL on unchanged', () => {
    const [, nasty = ''] = HOOKS;
    const env = { MONITORING_ALERT_WEBHOOK_URL: nasty };
    const { services } = parse(check(env)) as { services: Record<string, { environment: object }> };
    expect(services['alertmanager']?.environment).toMatchObject({
      // It prints a file for Compose: with its escape.
      MONITORING_ALERT_WEBHOOK_URL: nasty.replaceAll('$', '$$$$'),
    });
  });

  test('compose takes the ports from a file .env, on loopback', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const names = ['MCP_EXPORTER', 'MCP_EXPORTER_FEED', 'PROMETHEUS', 'ALERTMANAGER', 'GRAFANA'];
    writeFileSync(join(folder, '.env'), names.map((name, i) => `${name}_PORT=${4001 + i}\n`).join(''));
    const args = ['--env-file', join(folder, '.env'), '-f', COMPOSE_FILE, 'config'];
    const { services } = parse(run('docker-compose', args)) as {
      services: Record<string, { ports: string[]; command: string[]; environment: object }>;
    };
    expect(Object.entries(services).map(([name, { ports }]) => [name, ...ports])).toEqual([
      ['alertmanager', '127.0.0.1:4004:9093/tcp'],
      ['exporter', '127.0.0.1:4002:3000/tcp', '127.0.0.1:4001:3001/tcp'],
      ['grafana', '127.0.0.1:4005:3000/tcp'],
      ['prometheus', '127.0.0.1:4003:9090/tcp'],
    ]);
    expect(services['prometheus']?.command).toContain('--web.external-url=http://127.0.0.1:4003');
    expect(services['alertmanager']?.command).toContain('--web.external-url=http://127.0.0.1:4004');
    expect(services['prometheus']?.environment).toMatchObject({ PAGE_PORT: '4001', GRAFANA_PORT: '4005' });
  });

  test('compose hands the proxies of the environment to the exporter, which reaches Prometheus without one', () => {
    const environmentWith = (env: Record<string, string>) =>
      (parse(check(env)) as { services: { exporter: { environment: object } } }).services.exporter
        .environment;
    expect(environmentWith({})).toMatchObject({ HTTPS_PROXY: null, no_proxy: 'prometheus,' });
    expect(environmentWith({ HTTPS_PROXY: 'http://p:1', NO_PROXY: '.internal' })).toMatchObject({
      HTTPS_PROXY: 'http://p:1',
      no_proxy: 'prometheus,.internal',
    });
  });
});

describe('Alertmanager’s entrypoint', () => {
  const text = readRepositoryFile('prometheus/alertmanager.yml');

  test.each(HOOKS)('Alertmanager in compose posts to %s, as npm run stack does', (url) => {
    for (const enabled of ['true', 'TRUE', '1']) {
      const env = { MONITORING_ALERTING_ENABLED: enabled, MONITORING_ALERT_WEBHOOK_URL: url };
      const { output, file } = runEntrypoint('alertmanager', env);
      expect(output).toContain('<--flag><with space>');
      const made = file('alertmanager.yml');
      expect(run('amtool', ['check-config', made])).toContain('SUCCESS');
      expect(parse(readFileSync(made, 'utf8'))).toEqual(parse(alertmanagerConfig(text, { webhookUrl: url })));
      expect(statSync(made).mode & 0o077).toBe(0);
    }
  });

  test.each([{}, { MONITORING_ALERT_WEBHOOK_URL: HOOKS[0] ?? '' }, { MONITORING_ALERTING_ENABLED: 'true' }])(
    'Alertmanager in compose with %j sends nothing, as npm run stack does',
    (env) => {
      const made = runEntrypoint('alertmanager', env).file('alertmanager.yml');
      expect(run('amtool', ['check-config', made])).toContain('SUCCESS');
      expect(parse(readFileSync(made, 'utf8'))).toEqual(
        parse(alertmanagerConfig(text, { webhookUrl: null })),
      );
    },
  );
});

test.each([
  ['http://hooks.example.com', true],
  ['https://user:p%40$s@hooks.example.com:8443/a/?b=c&d=%20', true],
  ['http://[::1]:9/hook', true],
  [' http://hooks.example.com', false],
  ['http:hooks.example.com', false],
  ['http:///hooks.example.com', false],
  ['http://hooks.example.com/%zz', false],
  ['https://user:100%@hooks.example.com', false],
  ['https://user:p^ss@hooks.example.com', false],
  ['https://user:p[ss@hooks.example.com', false],
  ['http://hooks.example.com/a\tb', false],
])('Alertmanager and the exporter accept the webhook %j: %j', (url, isAccepted) => {
  const { file } = runEntrypoint('alertmanager', {
    MONITORING_ALERTING_ENABLED: 'true',
    MONITORING_ALERT_WEBHOOK_URL: url,
  });
  const outcomes = [
    () => run('amtool', ['check-config', file('alertmanager.yml')]),
    () => loadConfig({ MONITORING_ALERT_WEBHOOK_URL: url }),
  ].map((check) => {
    try {
      check();
      return true;
    } catch {
      return false;
    }
  });
  expect(outcomes).toEqual([isAccepted, isAccepted]);
});

describe('Prometheus’ entrypoint', () => {
  const key = String.raw`s3cr3t&\1'"$HOME`;

  /** `prometheus.yml` as compose's network needs it. */
  function composeConfig() {
    const config = readYaml('prometheus.yml') as { alerting: object; scrape_configs: object[] };
    const alertmanager = [{ targets: ['alertmanager:9093'] }];
    Object.assign(config.alerting, { alertmanagers: [{ static_configs: alertmanager }] });
    Object.assign(config.scrape_configs[0] ?? {}, { static_configs: [{ targets: ['exporter:3001'] }] });
    config.scrape_configs.push({ job_name: 'alertmanager', static_configs: alertmanager });
    return config;
  }

  test('Prometheus’ entrypoint without a key sets the addresses and Alertmanager, nothing else', () => {
    const { output, file } = runEntrypoint('prometheus', {});
    expect(output).toContain('<--flag><with space>');
    expect(parse(readFileSync(file('prometheus.yml'), 'utf8'))).toEqual(composeConfig());
    expect(run('promtool', ['check', 'config', file('prometheus.yml')])).toContain('burn-rate.yml');
  });

  test('Prometheus’ entrypoint with a key sends it to the exporter', () => {
    const { file } = runEntrypoint('prometheus', { MONITORING_API_KEY: key });
    expect(run('promtool', ['check', 'config', file('prometheus.yml')])).toContain('burn-rate.yml');
    const expected = composeConfig();
    Object.assign(expected.scrape_configs[0] ?? {}, { authorization: { credentials_file: 'exporter-key' } });
    expect(parse(readFileSync(file('prometheus.yml'), 'utf8'))).toEqual(expected);
    expect(readFileSync(file('exporter-key'), 'utf8')).toBe(key);
    expect(statSync(file('exporter-key')).mode & 0o077).toBe(0);
  });

  test('Prometheus’ entrypoint removes the trailing slash from link URLs', () => {
    const env = {
      MONITORING_PUBLIC_URL: 'https://a.example/mcp//',
      MONITORING_GRAFANA_URL: 'https://b.example',
    };
    const { output } = runEntrypoint('prometheus', env);
    expect(output).toContain('MONITORING_PUBLIC_URL=https://a.example/mcp\n');
    expect(output).toContain('MONITORING_GRAFANA_URL=https://b.example\n');
  });
});

test.each(['exporter', 'prometheus'] as const)(
  'links of %s use the published ports by default',
  (service) => {
    const { output } = runEntrypoint(service, { PAGE_PORT: '4001', GRAFANA_PORT: '4005' });
    expect(output).toContain('MONITORING_PUBLIC_URL=http://127.0.0.1:4001\n');
    expect(output).toContain('MONITORING_GRAFANA_URL=http://127.0.0.1:4005\n');
    expect(output).toMatch(/<--flag><with space>$/);
  },
);

describe('Grafana’s entrypoint', () => {
  const withPassword = (password: string, env = {}) =>
    runEntrypoint('grafana', { GF_SECURITY_ADMIN_PASSWORD: password, ...env });

  test('Grafana starts with the password and its address', () => {
    const password = String.raw`pa$word\1'"%20`;
    const { output } = withPassword(password);
    expect(output).toContain(`GF_SECURITY_ADMIN_PASSWORD=${password}\n`);
    expect(output).toContain('GF_SERVER_ROOT_URL=http://127.0.0.1:3002\n');
    expect(output).toMatch(/<--flag><with space>$/);
    const { output: behindProxy } = withPassword('x', { GF_SERVER_ROOT_URL: 'https://b.example/grafana/' });
    expect(behindProxy).toContain('GF_SERVER_ROOT_URL=https://b.example/grafana/\n');
  });

  test('Grafana does not start without a password, and names the variable', () => {
    expect(() => withPassword('')).toThrow(
      'GRAFANA_ADMIN_PASSWORD: not set; expected the password of the user admin',
    );
  });

  test.each(['a${HOME}', 'a$__env{HOME}', 'a%(HOME)s'])(
    'Grafana does not start with the password %s, which it would replace',
    (password) => {
      expect(() => withPassword(password)).toThrow('GRAFANA_ADMIN_PASSWORD: expected a password without');
    },
  );
});

test.each([
  ['prometheus', 'prometheus.yml', 'chmod -R go+rX prometheus.yml prometheus'],
  ['prometheus', 'prometheus/rules', 'chmod -R go+rX prometheus.yml prometheus'],
  ['prometheus', 'prometheus/rules/recording.yml', 'chmod -R go+rX prometheus.yml prometheus'],
  ['alertmanager', 'prometheus/alertmanager.yml', 'chmod -R go+rX prometheus'],
  ['grafana', 'grafana/dashboards', 'chmod -R go+rX grafana'],
  ['grafana', 'grafana/provisioning/datasources/datasources.yml', 'chmod -R go+rX grafana'],
] as const)('%s does not start if it may not read %s, and says what to do', (service, path, advice) => {
  expect(() => runEntrypoint(service, { GF_SECURITY_ADMIN_PASSWORD: 'x' }, path)).toThrow(
    `may not read its file${service === 'alertmanager' ? '' : 's'}. Run: ${advice}`,
  );
});

test('the image’s health check fails without a ready exporter', async () => {
  const [, command = '[]'] =
    /^ +CMD (\["node", "-e".*\])$/m.exec(readRepositoryFile('docker/Dockerfile.monitoring')) ?? [];
  const [, ...args] = JSON.parse(command) as string[];
  const { createServer } = await import('node:http');
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(paths.length === 1 ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const env = { ...process.env, MONITORING_DASHBOARD_PORT: String(port) };
  const check = () => promisify(execFile)(process.execPath, args, { env });
  await expect(check()).resolves.toMatchObject({ stdout: '', stderr: '' });
  await expect(check()).rejects.toMatchObject({ code: 1 });
  server.close();
  server.closeAllConnections();
  await expect(check()).rejects.toMatchObject({ code: 1 });
  expect(paths).toEqual(['/ready', '/ready']);
});
