import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { runDoctor } from '../../../src/doctor/run-doctor.ts';
import { readManifest } from '../../../src/package-files.ts';
import { readConfig } from '../../../src/settings/config.ts';
import { freePort } from '../../support/everything.ts';
import { fakePrometheus, json } from '../../support/fake-prometheus.ts';
import { repositoryPath } from '../../support/repository-file.ts';
import { runExporter } from '../../support/running-exporter.ts';

type Variables = Record<string, string>;

const KEY = 'a-key-of-more-than-16-characters';
const VERSION = readManifest().version;
const FREE = { MONITORING_DASHBOARD_PORT: '0', MONITORING_WS_PORT: '0' };

/** What doctor finds in a home folder with the given files. */
async function check(env: Variables, files: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), content.replaceAll('HOME', home));
  }
  const variables = { ...FREE, PATH: `${home}/bin`, ...env };
  const checks = await runDoctor({
    machine: { platform: 'linux', home, env: variables },
    settings: readConfig(variables),
    manifest: readManifest(),
    nodeVersion: process.version,
    packages: ['oxlint'],
  });
  const lines = checks.map(({ name, status, message }) =>
    `${status} ${name}: ${message}`.replaceAll(home, '~'),
  );
  return { checks, lines, about: (name: string) => lines.filter((line) => line.includes(name)) };
}

async function listen(routes: RequestListener): Promise<number> {
  const server = createServer(routes).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const foreign: RequestListener = (_request, response) => void response.end('<html></html>');
const portOf = (url: string) => new URL(url).port;

test('on a new machine there is no problem, and the only warning is that no hub runs', async () => {
  const { checks, lines } = await check({ MONITORING_DASHBOARD_PORT: String(await freePort()) });
  expect(checks.filter(({ status }) => status === 'problem')).toEqual([]);
  expect(checks.filter(({ status }) => status === 'warning')).toHaveLength(1);
  expect(lines).toEqual([
    expect.stringMatching(/^ok Node\.js: v\d+\.\d+\.\d+, expected >=\d/),
    expect.stringMatching(/^ok oxlint: 1\.\d+\.\d+, expected ~1/),
    'ok settings: 2 given, all valid; clients need no key',
    expect.stringMatching(/^ok port \d+: free$/),
    'ok port 0: any free port',
    expect.stringMatching(/^warning hub http:\/\/127\.0\.0\.1:\d+: unreachable: connect ECONNREFUSED/),
    'ok Prometheus: PROMETHEUS_URL is not set. Summaries and trends come from the exporter itself',
    'ok MCP clients: no configuration with servers found',
  ]);
});

describe('settings', () => {
  test('an invalid one is a problem, and one without an effect a warning', async () => {
    const { lines } = await check({ METRICS_RETENTION_DAYS: 'x', MONITORING_DASBOARD_PORT: '1' });
    expect(lines).toContain(
      'problem METRICS_RETENTION_DAYS: METRICS_RETENTION_DAYS: expected an integer from 1 to 3650, got "x"',
    );
    expect(lines).toContain(
      'warning MONITORING_DASBOARD_PORT: unknown name, did you mean MONITORING_DASHBOARD_PORT?',
    );
  });

  test('listening for other machines without a key is a problem', async () => {
    const { about } = await check({ MONITORING_WS_HOST: '0.0.0.0' });
    expect(about('listener')).toEqual([
      expect.stringContaining('expected a loopback address, got "0.0.0.0"'),
    ]);
  });

  test('a required key is named, and never shown', async () => {
    const { lines } = await check({ MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: KEY });
    expect(lines).toContain('ok settings: 4 given, all valid; clients must send MONITORING_API_KEY');
    expect(lines.join('\n')).not.toContain(KEY);
  });
});

describe('ports', () => {
  test('an exporter and its feed may have them', async () => {
    const { urls } = await runExporter({ config: { feedPort: await freePort() } });
    const [http, feed] = [portOf(urls.metrics), portOf(urls.feed)];
    const { lines } = await check({ MONITORING_DASHBOARD_PORT: http, MONITORING_WS_PORT: feed });
    expect(lines).toContain(`ok port ${http}: in use by an exporter`);
    expect(lines).toContain(`ok hub http://127.0.0.1:${http}: answers`);
  });

  test('the port of a feed alone is one of ours', async () => {
    const feed = await freePort();
    await runExporter({ config: { feedPort: feed } });
    const { lines } = await check({ MONITORING_WS_PORT: String(feed) });
    expect(lines).toContain(`ok port ${feed}: in use by the feed of an exporter`);
  });

  test('another program at the main port is a problem, and at the port of the feed a warning', async () => {
    const [http, feed] = [String(await listen(foreign)), String(await listen(foreign))];
    const { checks, lines } = await check({ MONITORING_DASHBOARD_PORT: http, MONITORING_WS_PORT: feed });
    expect(lines).toContain(`problem port ${http}: in use by another program`);
    expect(lines).toContain(
      `warning port ${feed}: in use by another program. The feed is also at /ws of the other port`,
    );
    expect(checks.find(({ name }) => name === `port ${http}`)).toMatchObject({
      fix: 'Stop the program that uses it, or set MONITORING_DASHBOARD_PORT (or --port) to another port.',
      section: 'portInUse',
    });
  });

  test('another program at the main port is a warning if the hub is elsewhere', async () => {
    const { urls } = await runExporter();
    const http = String(await listen(foreign));
    const { lines } = await check({ MONITORING_DASHBOARD_PORT: http, MONITORING_HUB_URL: urls.metrics });
    expect(lines).toContain(`warning port ${http}: in use by another program`);
    expect(lines).toContain(`ok hub ${new URL(urls.metrics).origin}: answers, used by these settings`);
  });
});

describe('the hub', () => {
  const hub = async (env: Variables = {}) => {
    const config = { isAuthRequired: true, apiKey: KEY };
    const { urls } = await runExporter({ config });
    const { origin } = new URL(urls.metrics);
    const { checks } = await check({ MONITORING_HUB_URL: origin, ...env });
    return checks.find(({ name }) => name === `hub ${origin}`);
  };

  test('its key is accepted', async () => {
    expect(await hub({ MONITORING_API_KEY: KEY })).toMatchObject({
      status: 'ok',
      message: 'answers and accepts the key, used by these settings',
    });
  });

  test.each([
    [{}, 'refuses reports: the hub requires a key: set MONITORING_API_KEY'],
    [{ MONITORING_API_KEY: 'another-key-of-16-characters' }, 'refuses reports: the hub requires another key'],
  ])('a missing or wrong key is a problem: %j', async (env, message) => {
    expect(await hub(env)).toMatchObject({
      status: 'problem',
      message: expect.stringContaining(message),
      section: 'hubRefuses',
    });
  });

  test.each<[string, RequestListener]>([
    ['a web server', foreign],
    ['a server that accepts everything', json200({})],
    ['an API with errors of its own', json400({ error: { code: 'bad', message: 'bad' } })],
  ])('%s is not a hub', async (_name, routes) => {
    const url = `http://127.0.0.1:${await listen(routes)}`;
    const { about } = await check({ MONITORING_HUB_URL: url });
    expect(about(`hub ${url}`)).toEqual([
      expect.stringMatching(/^problem .*: refuses reports: not an mcp-exporter hub/),
    ]);
  });

  test('one that does not run is a problem with the command that starts it', async () => {
    const port = await freePort();
    const { checks } = await check({ MONITORING_HUB_URL: `http://127.0.0.1:${port}` });
    expect(checks).toContainEqual({
      name: `hub http://127.0.0.1:${port}`,
      status: 'problem',
      message: expect.stringContaining('unreachable: connect ECONNREFUSED'),
      fix: `Run: mcp-exporter hub --port ${port}`,
      section: 'hubUnreachable',
    });
  });

  test('the one that setup has started is checked', async () => {
    const { urls } = await runExporter();
    const state = JSON.stringify({ files: [], hubUrl: new URL(urls.metrics).origin });
    const { lines } = await check({}, { '.local/state/mcp-exporter/setup.json': state });
    expect(lines).toContain(`ok hub ${new URL(urls.metrics).origin}: answers, used by setup`);
  });
});

describe('Prometheus', () => {
  const up = (...targets: [instance: string, value: string][]) =>
    json(200, {
      status: 'success',
      data: {
        resultType: 'vector',
        result: targets.map(([instance, value]) => ({ metric: { instance }, value: [0, value] })),
      },
    });

  test.each([
    [up(['a:1', '1'], ['b:1', '1']), 'ok Prometheus: scrapes 2 targets of the job mcp'],
    [up(['a:1', '1'], ['b:1', '0']), 'warning Prometheus: cannot scrape b:1'],
    [up(), 'problem Prometheus: answers, but has no target of the job "mcp"'],
    [
      json(404, {}),
      'problem Prometheus: Prometheus at URL answered 404: not a response of the Prometheus API',
    ],
  ])('case %#', async (answer, expected) => {
    const prometheus = await fakePrometheus(answer);
    const { about } = await check({ PROMETHEUS_URL: prometheus.url, PROMETHEUS_JOB: 'mcp' });
    expect(about(' Prometheus:')).toEqual([expected.replace('URL', `${prometheus.url}/`)]);
    expect(prometheus.questions[0]?.form.get('query')).toMatch(/^up\{job="mcp"\} or /);
  });

  test('one that does not run is a problem', async () => {
    const { about } = await check({ PROMETHEUS_URL: `http://127.0.0.1:${await freePort()}` });
    expect(about(' Prometheus:')).toEqual([
      expect.stringMatching(/^problem .* is unreachable: connect ECONNREFUSED/),
    ]);
  });
});

describe('MCP clients', () => {
  const CURSOR = '.cursor/mcp.json';
  const wrapped = (words: readonly string[], hubUrl: string, env?: Variables) => {
    const [command, ...args] = [...words, 'proxy', '--name', 'files', '--hub', hubUrl, '--', 'files-mcp'];
    return { command, args, env };
  };
  const config = (servers: Record<string, object>) => JSON.stringify({ mcpServers: servers });
  const PROGRAM = [process.execPath, repositoryPath('dist/cli.js')];

  test('servers behind proxies of this version are fine, and their hub is checked', async () => {
    const { urls } = await runExporter();
    const { origin } = new URL(urls.metrics);
    const cli = {
      'lib/package.json': `{"name":"mcp-exporter","version":"${VERSION}"}`,
      'lib/dist/cli.js': '',
    };
    const file = config({
      files: wrapped([process.execPath, 'HOME/lib/dist/cli.js'], origin),
      other: { command: 'x' },
    });
    const { lines, about } = await check({}, { ...cli, [CURSOR]: file });
    expect(about('Cursor')).toEqual([`ok Cursor: ~/${CURSOR}: 1 of 2 servers behind a proxy`]);
    expect(lines).toContain(`ok hub ${origin}: answers, used by files`);
  });

  test('the key of a hub is that of the server, and servers with the same one are checked once', async () => {
    const { urls } = await runExporter({ config: { isAuthRequired: true, apiKey: KEY } });
    const { origin } = new URL(urls.metrics);
    const servers = {
      a: wrapped(PROGRAM, origin, { MCP_EXPORTER_MONITORING_API_KEY: KEY }),
      b: wrapped(PROGRAM, `${origin}/`, { MCP_EXPORTER_MONITORING_API_KEY: KEY }),
      c: wrapped(PROGRAM, `${origin}/metrics`),
      d: wrapped(PROGRAM, origin, { MCP_EXPORTER_MONITORING_API_KEY: '${input:key}' }),
    };
    const { about } = await check({}, { [CURSOR]: config(servers) });
    expect(about(`hub ${origin}`)).toEqual([
      `ok hub ${origin}: answers and accepts the key, used by a, b`,
      `problem hub ${origin}: refuses reports: the hub requires a key: set MCP_EXPORTER_MONITORING_API_KEY, used by c, d`,
    ]);
  });

  test.each([
    [['/no/such/mcp-exporter'], '/no/such/mcp-exporter'],
    [['mcp-exporter'], 'mcp-exporter'],
    [[process.execPath, '/no/such/dist/cli.js'], '/no/such/dist/cli.js'],
  ])('the program %j that does not exist is a problem', async (words, missing) => {
    const hubUrl = `http://127.0.0.1:${await freePort()}`;
    const { checks } = await check({}, { [CURSOR]: config({ files: wrapped(words, hubUrl) }) });
    expect(checks).toContainEqual({
      name: 'Cursor',
      status: 'problem',
      message: expect.stringMatching(new RegExp(`mcp\\.json: files: its program ${missing} does not exist$`)),
      fix: expect.stringMatching(
        new RegExp(
          `^Run: mcp-exporter wrap-config --undo (\\S+) && mcp-exporter wrap-config --write --hub ${hubUrl} \\1$`,
        ),
      ),
      section: 'programMissing',
    });
  });

  test('another version is a warning: by npx, by a path, and by a link on the PATH', async () => {
    const { urls } = await runExporter();
    const { origin } = new URL(urls.metrics);
    const folder = mkdtempSync(join(tmpdir(), 'doctor-path-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'old/dist'), { recursive: true });
    writeFileSync(join(folder, 'old/package.json'), '{"name":"mcp-exporter","version":"0.0.2"}');
    writeFileSync(join(folder, 'old/dist/cli.js'), '', { mode: 0o755 });
    symlinkSync(join(folder, 'old/dist/cli.js'), join(folder, 'mcp-exporter'));
    symlinkSync(process.execPath, join(folder, 'npx'));
    const servers = {
      npx: wrapped(['npx', '-y', 'mcp-exporter@0.0.1'], origin),
      path: wrapped([process.execPath, join(folder, 'old/dist/cli.js')], origin),
      link: wrapped(['mcp-exporter'], origin),
      same: wrapped(['npx', '-y', `mcp-exporter@${VERSION}`], origin),
      latest: wrapped(['npx', '-y', 'mcp-exporter@latest'], origin),
    };
    const { about } = await check({ PATH: folder }, { [CURSOR]: config(servers) });
    expect(about('Cursor')).toEqual(
      [
        ['npx', '0.0.1'],
        ['path', '0.0.2'],
        ['link', '0.0.2'],
      ].map(
        ([name, version]) =>
          `warning Cursor: ~/${CURSOR}: ${name}: runs behind version ${version}, and this is ${VERSION}`,
      ),
    );
  });

  test('the proxy in front of an HTTP server must run', async () => {
    const { about } = await check(
      {},
      { [CURSOR]: config({ docs: { url: 'http://127.0.0.1:3199/mcp#mcp-exporter:http://docs.test/mcp' } }) },
    );
    expect(about('Cursor')).toEqual([
      `problem Cursor: ~/${CURSOR}: docs: no proxy answers at http://127.0.0.1:3199/mcp`,
    ]);
  });

  test('a file that cannot be understood is a problem, and an empty one is not', async () => {
    const files = { [CURSOR]: '{,}', '.claude.json': '', '.gemini/settings.json': '{"theme":"dark"}' };
    const { about, lines } = await check({}, files);
    expect(about('Cursor')).toEqual([
      expect.stringMatching(/^problem Cursor: ~\/\.cursor\/mcp\.json: invalid JSON at line 1, column 2/),
    ]);
    expect(lines.filter((line) => /Claude|Gemini/.test(line))).toEqual([]);
  });

  test('without any proxy, doctor names setup', async () => {
    const { checks } = await check({}, { [CURSOR]: config({ files: { command: 'files-mcp' } }) });
    expect(checks.slice(-2)).toEqual([
      { name: 'Cursor', status: 'ok', message: expect.stringContaining('0 of 1 servers behind a proxy') },
      {
        name: 'MCP clients',
        status: 'warning',
        message: 'no server runs behind a proxy',
        fix: 'To watch the servers, run: mcp-exporter setup',
      },
    ]);
  });

  test('a hub that is not a URL is a problem', async () => {
    const { about } = await check({}, { [CURSOR]: config({ files: wrapped(PROGRAM, 'localhost:3001') }) });
    expect(about('Cursor')).toEqual([
      `problem Cursor: ~/${CURSOR}: files: expected an http or https URL as its hub`,
    ]);
  });
});

function json200(body: unknown): RequestListener {
  return (_request, response) => void response.end(JSON.stringify(body));
}

function json400(body: unknown): RequestListener {
  return (_request, response) => void response.writeHead(400).end(JSON.stringify(body));
}
