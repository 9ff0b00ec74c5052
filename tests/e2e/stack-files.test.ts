import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

import { alertmanagerConfig } from '../../scripts/stack/alertmanager-config.ts';
import { COMPOSE_FILE, readComposeFile } from '../support/compose-file.ts';
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

/**
 * Runs a service's entrypoint from the compose file with this machine's `sh`; only the folders are others. What it
 * starts in the end says how it was called.
 */
function runEntrypoint(service: 'prometheus' | 'alertmanager', env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const said = '#!/bin/sh\nenv | grep ^MONITORING\nprintf "<%s>" "$@"\n';
  writeFileSync(join(bin, service), said, { mode: 0o755 });
  const { entrypoint = [], environment, tmpfs = [] } = readComposeFile().services[service];
  const [shell = '', flags = '', script = '', name = ''] = entrypoint;
  const sources = { prometheus: REPOSITORY, alertmanager: repositoryPath('prometheus/') };
  const localScript = script
    // Compose's own escape.
    .replaceAll('$$', '$')
    .replaceAll(`/etc/${service}/`, sources[service])
    .replaceAll(tmpfs[0] ?? 'no tmpfs', folder);
  const unset = Object.fromEntries(Object.keys(environment).map((key) => [key, '']));
  const PATH = `${bin}:${process.env['PATH']}`;
  const output = run(shell, [flags, localScript, name, '--flag', 'with space'], { ...unset, ...env, PATH });
  return { output, file: (path: string) => join(folder, path) };
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
    const { services: loaded } = parse(check({ GRAFANA_ADMIN_PASSWORD: 'x' })) as { services: object };
    expect(Object.keys(loaded).toSorted()).toEqual(Object.keys(services).toSorted());
  });

  test('compose passes a webhook’s URL on unchanged', () => {
    const [, nasty = ''] = HOOKS;
    const env = { GRAFANA_ADMIN_PASSWORD: 'x', MONITORING_ALERT_WEBHOOK_URL: nasty };
    const { services } = parse(check(env)) as { services: Record<string, { environment: object }> };
    expect(services['alertmanager']?.environment).toMatchObject({
      // It prints a file for Compose: with its escape.
      MONITORING_ALERT_WEBHOOK_URL: nasty.replaceAll('$', '$$$$'),
    });
  });

  test('refuses to start Grafana with no password', () => {
    expect(() => check({})).toThrow('set the password of the user admin');
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
      MONITORING_PUBLIC_URL: 'https://a.example/mcp/',
      MONITORING_GRAFANA_URL: 'https://b.example',
    };
    const { output } = runEntrypoint('prometheus', env);
    expect(output).toContain('MONITORING_PUBLIC_URL=https://a.example/mcp\n');
    expect(output).toContain('MONITORING_GRAFANA_URL=https://b.example\n');
  });
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
