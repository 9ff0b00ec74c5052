import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy, runCli } from '../support/cli-process.ts';

const PATH = process.env['PATH'] ?? '';
const PRINT_ENV = [process.execPath, '-e', 'console.log(JSON.stringify(process.env))'];

/** What a server sees of the environment, and what is logged while it runs. */
async function environmentOf(command: readonly string[], env: Record<string, string>) {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end();
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { seen: JSON.parse(stdout) as Record<string, string>, stderr };
}

const proxied = (...flags: string[]) => [process.execPath, CLI, 'proxy', ...flags, '--', ...PRINT_ENV];

/** Settings of servers, with names that the exporter or its libraries have, too. */
const SERVERS_OWN: Readonly<Record<string, Record<string, string>>> = {
  'values that the proxy would use': {
    PROMETHEUS_URL: 'http://reader:hunter2@prometheus.example.com:9090',
    MONITORING_API_KEY: 'the-key-of-the-server-itself',
    MONITORING_LOG_LEVEL: 'trace',
    METRICS_COLLECTION_ENABLED: 'false',
    DEBUG: '*',
    NODE_ENV: 'production',
    NODE_OPTIONS: '--no-warnings --max-old-space-size=300',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  },
  'values that the proxy would refuse': {
    PROMETHEUS_URL: 'prometheus.example.com:9090',
    PROMETHEUS_JOB: `it's "mine"`,
    MONITORING_API_KEY: 'a key with spaces',
    MONITORING_REQUIRE_AUTH: 'maybe',
    MONITORING_ALLOWED_HOSTS: 'not a host',
    MONITORING_LOG_LEVEL: 'loud',
    METRICS_RETENTION_DAYS: '30d',
    HIGH_ERROR_RATE_THRESHOLD: '5%',
    LOG_LEVEL: 'loud',
    'spring.config.name': 'a name that shells drop',
  },
  'empty values': { PROMETHEUS_URL: '', MONITORING_HUB_URL: '', METRICS_COLLECTION_ENABLED: '', A: '' },
};

describe.each([
  ['a proxy with a hub', ['--hub', 'http://127.0.0.1:9']],
  ['a proxy without a hub', []],
])('%s passes on the server’s environment and reads nothing of it', (_, flags) => {
  test.each(Object.entries(SERVERS_OWN))('%s', async (_name, own) => {
    const env = { PATH, ...own };
    const direct = await environmentOf(PRINT_ENV, env);
    const behind = await environmentOf(proxied(...flags), env);
    expect(direct.seen).toMatchObject(own);
    expect(behind.seen).toEqual(direct.seen);
    const lines = behind.stderr.split('\n').filter((line) => line !== '');
    // Every line is the proxy's own, at level info, or about a hub that does not exist.
    expect(lines.filter((line) => !/^\{"level":30,|hub/.test(line))).toEqual([]);
  });
});

test('a server with a PATH without system folders gets that PATH, and is found on it', async () => {
  const own = process.execPath.slice(0, process.execPath.lastIndexOf('/'));
  const command = [process.execPath, CLI, 'proxy', '--', 'node', ...PRINT_ENV.slice(1)];
  const { seen } = await environmentOf(command, {
    PATH: own,
    ...forProxy({ MONITORING_LOG_LEVEL: 'silent' }),
  });
  expect(seen).toEqual({ PATH: own });
});

test('the proxy’s own variables set it up, and the server does not get them', async () => {
  const settings = forProxy({
    MONITORING_API_KEY: 'a-key-of-sixteen-or-more',
    MONITORING_REQUIRE_AUTH: 'true',
    MONITORING_ALERT_WEBHOOK_URL: 'https://user:hunter2@hooks.example.com/s3cret',
    PROMETHEUS_URL: 'https://user:hunter2@prometheus.example.com',
    METRICS_RETENTION_DAYS: '3',
  });
  const script = 'console.error(JSON.stringify(process.env)); process.stdin.resume()';
  const { printed, child } = runCli(['proxy', '--', process.execPath, '-e', script], {
    ...settings,
    THEIRS: 'kept',
    MONITORING_REQUIRE_AUTH: 'false',
  });
  const seen = JSON.parse(await printed('stderr', /^\{.*"THEIRS".*$/m)) as object;
  expect(seen).toEqual({ PATH, THEIRS: 'kept', MONITORING_REQUIRE_AUTH: 'false' });
  const metrics = await printed('stderr', /"metrics":"([^"]+)"/);
  expect((await fetch(metrics)).status).toBe(401);
  const authorized = await fetch(metrics, { headers: { authorization: 'Bearer a-key-of-sixteen-or-more' } });
  expect(authorized.status).toBe(200);
  child.stdin.end();
});

test('a plain name that only the exporter has gets one line that names the variable to set', async () => {
  const env = { PATH, MONITORING_DASHBOARD_PORT: '0', MONITORING_API_KEY: 'the-key-of-the-server-itself' };
  const { stderr } = await environmentOf(proxied(), env);
  const ignored = stderr.split('\n').filter((line) => line.includes('setting ignored'));
  expect(ignored).toHaveLength(1);
  expect(JSON.parse(ignored[0] ?? '')).toMatchObject({
    level: 40,
    variable: 'MONITORING_DASHBOARD_PORT',
    reason: 'it is passed to the server; the proxy reads MCP_EXPORTER_MONITORING_DASHBOARD_PORT',
  });
});

test('a proxy whose access settings are invalid serves its client and nobody else', async () => {
  const { child, printed, output, ended } = runCli(
    ['proxy', '--', 'cat'],
    forProxy({ MONITORING_REQUIRE_AUTH: 'maybe' }),
  );
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  await printed('stdout', /"ping"/);
  await printed('stderr', /cannot listen: the value of MCP_EXPORTER_MONITORING_REQUIRE_AUTH/);
  child.stdin.end();
  expect((await ended).code).toBe(0);
  expect(output.stderr).not.toContain('"metrics":"http');
});
