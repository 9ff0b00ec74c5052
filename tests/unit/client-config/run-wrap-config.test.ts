import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { runWrapConfig } from '../../../src/client-config/run-wrap-config.ts';
import { wrapConfig } from '../../../src/client-config/wrap-config.ts';

const HUB = 'http://127.0.0.1:3001';
const CONFIG = `{
  // ours
  "mcpServers": {
    "notes": { "command": "notes-mcp" },
    "linear": { "url": "https://mcp.linear.app/mcp" },
    "other": { "url": "https://me:hunter2@mcp.example/mcp" }
  }
}
`;
const PROGRAMS = { program: ['/opt/node', '/opt/mcp-exporter'], shellProgram: ['mcp-exporter'] };
const WRAPPED = wrapConfig(CONFIG, { hubUrl: HUB, ...PROGRAMS });

function createConfig(content: string | Uint8Array = CONFIG) {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'mcp.json');
  writeFileSync(file, content);
  return { directory, file };
}

type Given = Partial<Parameters<typeof runWrapConfig>[0]>;

function run(file: string, isWrite: boolean, given: Given = {}) {
  const output = { stdout: '', stderr: '' };
  runWrapConfig({
    file,
    hubUrl: HUB,
    isDefaultHub: false,
    ...PROGRAMS,
    watchedUrls: new Set(),
    hasKey: false,
    isWrite,
    stdout: (text) => (output.stdout += text),
    stderr: (text) => (output.stderr += text),
    ...given,
  });
  return output;
}

test('stdout is the rewritten file and nothing else, and no file changes', () => {
  const { directory, file } = createConfig();
  expect(run(file, false).stdout).toBe(WRAPPED.text);
  expect(readFileSync(file, 'utf8')).toBe(CONFIG);
  expect(readdirSync(directory)).toEqual(['mcp.json']);
});

test('stderr says what was wrapped, what was not and why, and what to run beside it', () => {
  const { stderr } = run(createConfig().file, false);
  expect(stderr).toContain('2 of 3 servers');
  expect(stderr).toContain('  wrapped notes\n');
  expect(stderr).toContain('  skipped other: its URL has a user or a password');
  expect(stderr).toContain('\n  mcp-exporter hub\n');
  expect(stderr).toContain(`\n  ${WRAPPED.commands[0]}\n`);
  expect(stderr).toContain('--write');
  expect(stderr).not.toContain('hunter2');
});

test('what a server behind a URL needs is said once, and only where there is one', () => {
  const { stderr } = run(createConfig().file, false);
  expect(stderr).toContain('Keep these proxies running.');
  expect(stderr).toContain('A server with an OAuth login needs another entry');
  expect(stderr).toContain('If two files have the same command, start it once.');
  const local = run(createConfig('{"servers":{"a":{"command":"x"}}}').file, false);
  expect(local.stderr).not.toMatch(/OAuth|two files/);
});

test.each([
  ['http://127.0.0.1:3001', '\n  mcp-exporter hub\n'],
  ['http://localhost:4000', '\n  mcp-exporter hub --port 4000\n'],
  ['http://[::1]', '\n  mcp-exporter hub --port 80\n'],
  ['http://hub.example:3001', '\nThe proxies report to http://hub.example:3001. The hub must run there'],
  ['https://localhost:4443', '\nThe proxies report to https://localhost:4443. The hub must run there'],
])('the hub is to be started where %s leads', (hubUrl, expected) => {
  const { stderr } = run(createConfig().file, false, { hubUrl });
  expect(stderr).toContain(expected);
  expect(stderr.includes('mcp-exporter hub')).toBe(expected.includes('mcp-exporter hub'));
});

test('another hub is reported, and so is where it is to be started', () => {
  const { file } = createConfig();
  run(file, true);
  const { stderr } = run(file, true, { hubUrl: 'http://127.0.0.1:4000' });
  expect(stderr).toContain('0 of 3 servers to wrap, 1 to report to another hub');
  expect(stderr).toContain('  wrapped notes already (hub changed)\n');
  expect(stderr).toContain('mcp-exporter hub --port 4000');
  expect(stderr).toContain(`saved as ${file}.bak.1.`);
  expect(readFileSync(file, 'utf8')).toBe(WRAPPED.text.replaceAll(HUB, 'http://127.0.0.1:4000'));
});

test('the default hub takes no server from the hub that it was given', () => {
  const { file } = createConfig();
  run(file, true, { hubUrl: 'http://127.0.0.1:4000' });
  expect(run(file, true, { isDefaultHub: true }).stderr).toContain('Nothing to change.');
});

test('a key in the environment is said not to be in the file', () => {
  const { file } = createConfig();
  expect(run(file, false).stderr).not.toContain('MONITORING_API_KEY');
  const { stdout, stderr } = run(file, false, { hasKey: true });
  expect(stderr).toContain('MONITORING_API_KEY is not written to the file.');
  expect(stderr).toContain('set MCP_EXPORTER_MONITORING_API_KEY in the "env" of each server');
  expect(stdout).not.toContain('MONITORING_API_KEY');
});

test('the file starts the program by its path, and the user by its name', () => {
  const { stdout, stderr } = run(createConfig().file, true, {});
  expect(stdout).toBe('');
  expect(stderr).toContain('\n  mcp-exporter hub\n');
  expect(stderr).toContain('\n  mcp-exporter proxy --upstream');
  expect(stderr).toMatch(/^To undo: mcp-exporter wrap-config --undo /m);
  expect(run(createConfig().file, false).stdout).toContain(
    '"command": "/opt/node", "args": ["/opt/mcp-exporter", "proxy"',
  );
});

test('a name cannot steer the terminal', () => {
  const { file } = createConfig(
    JSON.stringify({ servers: { '\u001B[2Jred': { command: 'x' }, 'Žluťoučký kůň': {} } }),
  );
  const { stderr } = run(file, false);
  expect(stderr).not.toContain('\u001B');
  expect(stderr).toContain(String.raw`wrapped "\u001b[2Jred"`);
  expect(stderr).toContain('skipped Žluťoučký kůň:');
});

test('--write replaces the file, keeps its mode, and saves the original beside it', () => {
  const { file } = createConfig();
  chmodSync(file, 0o600);
  const { stdout, stderr } = run(file, true);
  expect(stdout).toBe('');
  expect(stderr).toContain(`saved as ${file}.bak.`);
  expect(readFileSync(file, 'utf8')).toBe(WRAPPED.text);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe(CONFIG);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(`${file}.bak`).mode & 0o777).toBe(0o600);
});

test('--write never overwrites what was saved before', () => {
  const { directory, file } = createConfig();
  writeFileSync(`${file}.bak`, 'older');
  writeFileSync(`${file}.bak.1`, 'old');
  run(file, true);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe('older');
  expect(readFileSync(`${file}.bak.1`, 'utf8')).toBe('old');
  expect(readFileSync(`${file}.bak.2`, 'utf8')).toBe(CONFIG);
  expect(readdirSync(directory)).toHaveLength(4);
});

test('--write the second time touches nothing', () => {
  const { directory, file } = createConfig();
  run(file, true);
  const { ino, mtimeMs } = statSync(file);
  const { stderr } = run(file, true);
  expect(stderr).toContain('Nothing to change.');
  expect(statSync(file)).toMatchObject({ ino, mtimeMs });
  expect(readdirSync(directory).toSorted()).toEqual(['mcp.json', 'mcp.json.bak']);
});

test.each([
  ['is missing', undefined, 'cannot read'],
  ['is not UTF-8', Buffer.from('{"mcpServers":{"a":{"command":"caf\u00E9"}}}', 'latin1'), 'expected UTF-8'],
  ['is not JSON', '{', 'line 1, column 2'],
  ['has no servers', '{}', 'expected the servers of an MCP client'],
])('a file that %s is refused with its path, and stays', (_title, content, message) => {
  const { directory, file } = createConfig(content);
  if (content === undefined) rmSync(file);
  expect(() => run(file, true)).toThrow(
    expect.objectContaining({
      code: 'invalid_client_config',
      message: expect.stringMatching(new RegExp(`${file}.*${message}|${message}.*${file}`)) as string,
    }) as Error,
  );
  expect(readdirSync(directory)).toEqual(content === undefined ? [] : ['mcp.json']);
});
