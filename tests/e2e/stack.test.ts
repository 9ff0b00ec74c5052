import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';

import { findProgram } from '../../scripts/stack/find-program.ts';
import type { RuleFile } from '../../scripts/stack/rule-file.ts';
import { startStack, type StackOptions } from '../../scripts/stack/stack.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';
import { repositoryPath } from '../support/repository-file.ts';

const FREE_PORTS = { exporter: 0, feed: 0, prometheus: 0, alertmanager: 0, grafana: 0 };
const FREE_PORT_OPTIONS = Object.keys(FREE_PORTS).flatMap((name) => [`--${name}-port`, '0']);

const targets = z.object({
  activeTargets: z.array(
    z.object({ labels: z.record(z.string(), z.string()), health: z.string(), lastError: z.string() }),
  ),
});
const alertmanagers = z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) });
const ruleGroups = z.object({
  groups: z.array(
    z.object({
      file: z.string(),
      rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() })),
    }),
  ),
});
const firing = z.object({
  alerts: z.array(
    z.object({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()) }),
  ),
});

/** Everything that a stack writes goes here. */
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'stack-test-'));
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

async function runStack({ env, ...options }: StackOptions = {}) {
  const stack = await startStack({
    ports: FREE_PORTS,
    workspaceDir: createLintedWorkspace(1),
    scrapeInterval: '1s',
    evaluationInterval: '1s',
    ...options,
    env: { PATH: process.env['PATH'], ...env },
  });
  onTestFinished(() => stack.close());
  const api = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const response = await fetch(new URL(`api/v1/${path}`, stack.urls.prometheus));
    return z.object({ data: schema }).parse(await response.json()).data;
  };
  const healthOfTargets = async () => {
    const { activeTargets } = await api('targets', targets);
    return Object.fromEntries(activeTargets.map(({ labels, health }) => [labels['job'], health]));
  };
  return { ...stack, api, healthOfTargets };
}

const ALL_UP = { 'mcp-exporter': 'up', prometheus: 'up', alertmanager: 'up' };

const isRunning = (pid: number) => existsSync(`/proc/${pid}`);

describe('the stack', () => {
  test('the stack scrapes all it runs, loads every rule, alerts through Alertmanager, and leaves nothing behind', async () => {
    const stack = await runStack({ transformRules: withPatience });
    expect(stack.programs.map(({ name }) => name)).toEqual(['The exporter', 'Alertmanager', 'Prometheus']);
    await expect.poll(stack.healthOfTargets).toEqual(ALL_UP);

    const { groups } = await stack.api('rules', ruleGroups);
    const loaded = new Set(groups.map(({ file }) => file.replace(/.*\//, '')));
    const files = readdirSync(repositoryPath('prometheus/rules')).filter((name) => name.endsWith('.yml'));
    expect([...loaded].toSorted()).toEqual(files.toSorted());
    for (const { rules } of groups) for (const rule of rules) expect(rule.lastError ?? '').toBe('');

    const { activeAlertmanagers } = await stack.api('alertmanagers', alertmanagers);
    expect(activeAlertmanagers).toEqual([{ url: new URL('api/v2/alerts', stack.urls.alertmanager).href }]);
    const alertmanagerAlerts = async () => {
      const response = await fetch(new URL('api/v2/alerts', stack.urls.alertmanager));
      return firing.shape.alerts.parse(await response.json());
    };
    await expect.poll(alertmanagerAlerts).toHaveLength(1);
    const [watchdog] = await alertmanagerAlerts();
    expect(watchdog?.labels).toMatchObject({ alertname: 'McpWatchdog' });
    expect(watchdog?.labels).not.toHaveProperty('exporter_url');
    expect(watchdog?.annotations['runbook_url']).toBe(`${stack.urls.page}runbooks#McpWatchdog`);

    await stack.close();
    await stack.close();
    expect(stack.programs.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('mcp-exporter-stack'))).toEqual([]);
  });

  test('the stack uses a key and a webhook, and continues with a kept data folder', async () => {
    const dataDir = join(temporary, 'kept');
    const env = {
      MONITORING_REQUIRE_AUTH: 'true',
      MONITORING_API_KEY: 'a-key-of-enough-length',
      MONITORING_ALERTING_ENABLED: 'true',
      MONITORING_ALERT_WEBHOOK_URL: "http://127.0.0.1:9/it's",
      MONITORING_PUBLIC_URL: 'https://ops.example.com/mcp/',
    };
    const first = await runStack({ env, dataDir });
    expect((await fetch(first.urls.metrics)).status).toBe(401);
    expect((await fetch(first.urls.metrics, { headers: first.headers })).status).toBe(200);
    await expect.poll(first.healthOfTargets).toEqual(ALL_UP);
    const status = await (await fetch(new URL('api/v2/status', first.urls.alertmanager))).json();
    const { config } = z.object({ config: z.object({ original: z.string() }) }).parse(status);
    expect(config.original).toMatch(/^route:\n +receiver: webhook$/m);
    const links = async () => {
      const { alerts } = await first.api('alerts', firing);
      return alerts.map(({ annotations }) => annotations['runbook_url']);
    };
    await expect.poll(links).toEqual(['https://ops.example.com/mcp/runbooks#McpWatchdog']);
    await first.close();

    const second = await runStack({ env, dataDir });
    const port = new URL(first.urls.metrics).port;
    const query = `query?query=${encodeURIComponent(`last_over_time(up{instance="127.0.0.1:${port}"}[1h])`)}`;
    const { result } = await second.api(query, z.object({ result: z.array(z.unknown()) }));
    expect(result).toHaveLength(1);
  });

  test('the stack reports a program that exits, with its last lines', async () => {
    const stack = await runStack();
    const { pid = 0 } = stack.programs.find(({ name }) => name === 'Prometheus') ?? {};
    process.kill(pid, 'SIGKILL');
    const { message } = await stack.crashed;
    expect(message).toMatch(/^Prometheus ended with SIGKILL\n {2}.*level=info/);
  });

  test('the stack starts the Grafana on the PATH with its own files', async () => {
    const bin = join(temporary, 'bin');
    mkdirSync(bin);
    // Nothing but what Grafana is asked and told.
    const stub = `#!${process.execPath}
require('node:http').createServer((request, response) => {
  response.end(JSON.stringify({ args: process.argv.slice(2), env: process.env, url: request.url }));
}).listen(process.env.GF_SERVER_HTTP_PORT, process.env.GF_SERVER_HTTP_ADDR);
`;
    writeFileSync(join(bin, 'grafana'), stub, { mode: 0o755 });
    const secrets = {
      MONITORING_API_KEY: 'the-key-of-the-stack',
      MONITORING_ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/s3cret',
      GRAFANA_ADMIN_PASSWORD: 'hunter2',
    };
    const stack = await runStack({ env: { PATH: `${bin}:${process.env['PATH']}`, ...secrets } });
    for (const { name, pid } of stack.programs.filter(({ name }) => name !== 'The exporter')) {
      const given = readFileSync(`/proc/${pid}/environ`, 'utf8');
      expect(given).not.toContain('the-key-of-the-stack');
      expect(given).not.toContain('s3cret');
      expect([name, given.includes('hunter2')]).toEqual([name, name === 'Grafana']);
    }
    const told = z.object({
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
      url: z.string(),
    });
    const { args, env } = told.parse(await (await fetch(stack.urls.grafana ?? '')).json());
    expect(args[0]).toBe('server');
    const provisioning = env['GF_PATHS_PROVISIONING'] ?? '';
    const datasources = readFileSync(join(provisioning, 'datasources/datasources.yml'), 'utf8');
    expect(datasources).toContain(`url: ${stack.urls.prometheus.replace(/\/$/, '')}\n`);
    expect(existsSync(env['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '')).toBe(true);
    expect(`${env['GF_SERVER_ROOT_URL']}/`).toBe(stack.urls.grafana);
  });
});

/** What fires before Prometheus has found Alertmanager, some 5 s after its start, is sent again only after a minute. */
function withPatience({ groups }: RuleFile): RuleFile {
  const rules = (group: RuleFile['groups'][number]) =>
    group.rules.map((rule) => (rule.alert === 'McpWatchdog' ? { ...rule, for: '8s' } : rule));
  return { groups: groups.map((group) => ({ ...group, rules: rules(group) })) };
}

/** `npm run stack` after its build, in a process group of its own, as a terminal would start it. */
function runCli(args: string[], env: Record<string, string | undefined> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/stack/main.ts', ...args], {
    env: { PATH: process.env['PATH'], TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  const isUp = async () => {
    await expect.poll(() => output.stdout + output.stderr, { timeout: 60_000 }).toContain('Ctrl-C stops');
    return /Prometheus +(\S+)/.exec(output.stdout)?.[1] ?? '';
  };
  return { child, ended, isUp };
}

describe('npm run stack', () => {
  test('npm run stack -- --demo has traffic in Prometheus, and Ctrl-C ends it with 0 and leaves nothing behind', async () => {
    const { child, ended, isUp } = runCli(['--demo', ...FREE_PORT_OPTIONS]);
    const prometheus = await isUp();
    // Beside them the demo starts a git now and then, which is soon gone.
    let children: number[] = [];
    await expect.poll(() => (children = childrenOf(child.pid ?? 0))).toHaveLength(3);
    const query =
      'sum by (status) (pipeline_operation_duration_seconds_count{operation="version_keeper_scan"}) > 0';
    const statuses = async () => {
      const url = new URL(`api/v1/query?query=${encodeURIComponent(query)}`, prometheus);
      const result = z.array(z.object({ metric: z.object({ status: z.string() }) }));
      const { data } = z.object({ data: z.object({ result }) }).parse(await (await fetch(url)).json());
      return data.result.map(({ metric }) => metric.status).toSorted();
    };
    await expect
      .poll(statuses, { timeout: 200_000, interval: 1000 })
      .toEqual(['cancelled', 'completed', 'failed']);
    const series = 'mcp_server_operation_duration_seconds_bucket';
    const start = Math.floor(Date.now() / 1000 - 600);
    const exemplars = new URL(
      `api/v1/query_exemplars?query=${series}&start=${start}&end=${start + 1200}`,
      prometheus,
    );
    expect(await (await fetch(exemplars)).text()).toMatch(/"trace_id":"[0-9a-f]{32}"/);

    child.kill('SIGINT');
    // An impatient person presses twice.
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(children.filter(isRunning)).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('mcp-exporter'))).toEqual([]);
  });

  test('npm run stack stopped during start leaves nothing behind', async () => {
    const { child, ended } = runCli(FREE_PORT_OPTIONS);
    await expect.poll(() => childrenOf(child.pid ?? 0).length, { timeout: 60_000 }).toBeGreaterThan(0);
    const children = childrenOf(child.pid ?? 0);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(children.filter(isRunning)).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('mcp-exporter'))).toEqual([]);
  });

  test('npm run stack exits with 1 and prints the last lines when a program crashes', async () => {
    const { child, ended, isUp } = runCli(FREE_PORT_OPTIONS);
    await isUp();
    const children = childrenOf(child.pid ?? 0);
    const isAlertmanager = (pid: number) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('alertmanager.yml');
    process.kill(children.find(isAlertmanager) ?? 0, 'SIGKILL');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^stack: Alertmanager ended with SIGKILL\n {2}.*level=info/);
    expect(children.filter(isRunning)).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('mcp-exporter'))).toEqual([]);
  });

  test.each([
    [
      'prometheus',
      'stack: prometheus is not on the PATH; on Debian: sudo apt-get install --no-install-recommends prometheus',
    ],
    [
      'prometheus-alertmanager',
      'stack: prometheus-alertmanager or alertmanager is not on the PATH; on Debian: sudo apt-get install --no-install-recommends prometheus-alertmanager',
    ],
  ])('npm run stack without %s says in one line what to install', async (missing, line) => {
    const bin = join(temporary, 'bin');
    mkdirSync(bin);
    for (const name of ['prometheus', 'prometheus-alertmanager'].filter((it) => it !== missing)) {
      symlinkSync(findProgram([name], process.env['PATH']) ?? '', join(bin, name));
    }
    const { code, stdout, stderr } = await runCli(FREE_PORT_OPTIONS, { PATH: bin }).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });

  test('npm run stack says in one line which port is in use and which program needs it', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const args = [...FREE_PORT_OPTIONS, '--prometheus-port', String(port)];
    const { code, stderr } = await runCli(args).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `stack: port ${port}, which Prometheus needs, is in use: stop the program that uses it, or choose another with --prometheus-port\n`,
    );
  });

  test('npm run stack exits with 2 and the expected value for a bad setting or option', async () => {
    const bad = await runCli(FREE_PORT_OPTIONS, { SLOW_OPERATION_THRESHOLD: 'x' }).ended;
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/^stack: SLOW_OPERATION_THRESHOLD: expected [^\n]+, got "x"\n$/);
    const { code, stderr } = await runCli(['--nonsense']).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('stack: see npm run stack -- --help\n');
  });

  test('npm run stack -- --help lists the options', async () => {
    const { code, stdout } = await runCli(['--help']).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: npm run stack -- [options]');
  });
});

/** The processes that `pid` has started, on Linux. */
function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
