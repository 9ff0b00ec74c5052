import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import { planUndo, runUndo } from '../../../src/client-config/run-undo.ts';
import { runWrapConfig } from '../../../src/client-config/run-wrap-config.ts';
import { unwrapConfig } from '../../../src/client-config/unwrap-config.ts';
import { wrapConfig } from '../../../src/client-config/wrap-config.ts';

const HUB = 'http://127.0.0.1:3001';
const OTHER_HUB = 'http://127.0.0.1:4000';

const CONFIG = `{
\t// ours
\t"mcpServers": {
\t\t"files": {"args": [ // the folder
\t\t\t"-y", "files-mcp", "/srv"], "command": "np\\u0078", },
\t\t"time": { "command": "uvx" },
\t\t"empty": { "command": "x", "args": [ ] },
\t\t"linear": { "url": "https:\\/\\/mcp.linear.app/mcp" }
\t}
}\r\n`;

const FORMS: Record<string, string> = {
  CONFIG,
  mark: `\uFEFF${CONFIG}`,
  zed: '{"context_servers":{"a":{"command":{"path":"node","args":["/srv/a.mjs"]}},"b":{"command":"b","args":[]}}}',
  opencode:
    '{"mcp": {"a": {"type": "local", "command": ["bun", "x"]}, "b": {"type": "remote", "url": "http://b/"}}}',
  vsCode: '{"servers":{"a":{"command":"x"}},"mcp.servers":{"a":{"command":"y","args":["1"]}}}',
  claudeCode:
    '{"mcpServers":{},"projects":{"/a":{"mcpServers":{"a":{"command":"x"}}},"/b":{"mcpServers":{"a":{"command":"y"}}}}}',
};

function createConfig(content = CONFIG) {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'mcp.json');
  writeFileSync(file, content);
  return { directory, file };
}

function wrapFile(file: string, hubUrl = HUB, isDefaultHub = false) {
  const ignore = () => undefined;
  const program = ['mcp-exporter'];
  runWrapConfig({
    file,
    hubUrl,
    isDefaultHub,
    program,
    shellProgram: program,
    watchedUrls: new Set(),
    hasKey: false,
    isWrite: true,
    stdout: ignore,
    stderr: ignore,
  });
}

const undo = (file: string) => runUndo(planUndo(file)).join('\n');
const edit = (file: string, from: string, to: string) =>
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(from, () => to),
  );

describe('a file that was not edited since', () => {
  test.each(Object.entries(FORMS))('is restored byte for byte: %s', (_name, content) => {
    const { directory, file } = createConfig(content);
    chmodSync(file, 0o600);
    wrapFile(file);
    expect(readFileSync(file, 'utf8')).not.toBe(content);
    expect(undo(file)).toContain(`${file}: restored from ${file}.bak, byte for byte.`);
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['mcp.json']);
  });

  test('is restored through every change of its hub', () => {
    const { directory, file } = createConfig();
    wrapFile(file);
    wrapFile(file, OTHER_HUB);
    expect(readdirSync(directory)).toHaveLength(3);
    undo(file);
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(readdirSync(directory)).toEqual(['mcp.json']);
  });

  test('is restored from its own backup, and backups of other programs stay', () => {
    const { directory, file } = createConfig();
    writeFileSync(`${file}.bak`, '{"mcpServers":{}}');
    writeFileSync(`${file}.bak.1`, 'no JSON');
    writeFileSync(`${file}.bak.2`, Buffer.from([0xff]));
    writeFileSync(`${file}.bak.old`, CONFIG);
    wrapFile(file);
    expect(undo(file)).toContain(`restored from ${file}.bak.3,`);
    expect(readFileSync(file, 'utf8')).toBe(CONFIG);
    expect(readdirSync(directory)).toHaveLength(5);
  });

  test('keeps a proxy that its author had put there', () => {
    const own = JSON.stringify(['proxy', '--name', 'a', '--hub', OTHER_HUB, '--', 'x']);
    const { file } = createConfig(
      `{"servers":{"a":{"command":"mcp-exporter","args":${own}},"b":{"command":"y"}}}`,
    );
    const content = readFileSync(file, 'utf8');
    wrapFile(file, HUB, true);
    expect(undo(file)).toContain('skipped a: it ran behind the proxy before');
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('a second undo changes nothing', () => {
    const { directory, file } = createConfig();
    wrapFile(file);
    undo(file);
    const { ino } = statSync(file);
    expect(undo(file)).toBe(`${file}: nothing to undo`);
    expect(statSync(file).ino).toBe(ino);
    expect(readdirSync(directory)).toEqual(['mcp.json']);
  });
});

describe('a file that was edited since', () => {
  test.each(Object.entries(FORMS))('keeps the edit, and its servers are as before: %s', (_name, content) => {
    const { directory, file } = createConfig(content);
    wrapFile(file);
    const wrapped = readFileSync(file, 'utf8');
    edit(file, '{', '{ "new": [1], ');
    const report = undo(file);
    // The two escapes are written anew.
    const expected = content.replace(String.raw`np\u0078`, 'npx').replace(String.raw`https:\/\/`, 'https://');
    expect(readFileSync(file, 'utf8')).toBe(expected.replace('{', '{ "new": [1], '));
    expect(report).toContain('and kept all other edits');
    expect(report).toContain(`The wrapped file is saved as ${file}.bak.1.`);
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe(content);
    expect(readFileSync(`${file}.bak.1`, 'utf8')).toBe(wrapped.replace('{', '{ "new": [1], '));
    expect(readdirSync(directory)).toHaveLength(3);
  });

  test('keeps a server that was added between two wrappings', () => {
    const { file } = createConfig('{"servers":{"a":{"command":"x"}}}');
    wrapFile(file);
    edit(file, '{"a"', '{"b":{"command":"y"},"a"');
    wrapFile(file);
    undo(file);
    expect(readFileSync(file, 'utf8')).toBe('{"servers":{"b":{"command":"y"},"a":{"command":"x"}}}');
  });

  test('keeps arguments that were added to a wrapped server', () => {
    const { file } = createConfig('{"servers":{"a":{"command":"x"}}}');
    wrapFile(file);
    edit(file, '"x"]', '"x","--verbose"]');
    undo(file);
    expect(readFileSync(file, 'utf8')).toBe('{"servers":{"a":{"command":"x","args":["--verbose"]}}}');
  });

  test('keeps a URL that was set since, and restores the URL of a server that was renamed', () => {
    const { file } = createConfig(
      '{"servers":{"a":{"url":"https://a.example/mcp"},"b":{"url":"https://b.example/mcp"}}}',
    );
    wrapFile(file);
    edit(file, '"b"', '"c"');
    edit(
      file,
      /"a":\{"url":"[^"]+"/.exec(readFileSync(file, 'utf8'))?.[0] ?? '',
      '"a":{"url":"https://new.example/mcp"',
    );
    undo(file);
    expect(readFileSync(file, 'utf8')).toBe(
      '{"servers":{"a":{"url":"https://new.example/mcp"},"c":{"url":"https://b.example/mcp"}}}',
    );
  });

  test('restores a URL as its author wrote it', () => {
    const { file } = createConfig('{"servers":{"a":{"url":"HTTPS://A.example:443"}},"x":1}');
    wrapFile(file);
    edit(file, '"x":1', '"x":2');
    undo(file);
    expect(readFileSync(file, 'utf8')).toBe('{"servers":{"a":{"url":"HTTPS://A.example:443"}},"x":2}');
  });
});

describe('without a backup', () => {
  test('paths of Windows are read and written as JSON does', () => {
    const program = [
      String.raw`C:\Program Files\nodejs\node.exe`,
      String.raw`C:\npm\mcp-exporter\dist\cli.js`,
    ];
    const server = { command: String.raw`C:\srv\notes.exe`, args: [String.raw`--folder=C:\Users\me`] };
    const before = JSON.stringify({ mcpServers: { notes: server } });
    const { text } = wrapConfig(before, { hubUrl: HUB, program });
    expect(JSON.parse(text)).toEqual({
      mcpServers: {
        notes: {
          command: program[0],
          args: [program[1], 'proxy', '--name', 'notes', '--hub', HUB, '--', server.command, ...server.args],
        },
      },
    });
    expect(wrapConfig(text, { hubUrl: HUB, program }).text).toBe(text);
    expect(unwrapConfig(text, []).text).toBe(before);
  });

  test.each([
    ['{"command":"x","args":["1"]}', '{"command":"x","args":["1"]}'],
    ['{"command":"x"}', '{"command":"x","args":[]}'],
    ['{"command":["x","1"]}', '{"command":["x","1"]}'],
    ['{"url":"https://a.example/mcp?x=1"}', '{"url":"https://a.example/mcp?x=1"}'],
  ])('%s is unwrapped to %s', (server, expected) => {
    const { text } = wrapConfig(`{"servers":{"a":${server}}}`, {
      hubUrl: HUB,
      program: ['node', '/srv/dist/cli.js'],
    });
    expect(unwrapConfig(text, [])).toEqual({
      text: `{"servers":{"a":${expected}}}`,
      unwrapped: ['a'],
      skipped: [],
      restored: [],
    });
  });

  test.each([
    ['proxy', '--sd-dir', '/run', '--', 'x'],
    ['proxy', '--name', 'a', '--hub', HUB, '--'],
    ['proxy', '--hub', HUB, '--name', 'a', '--', 'x'],
  ])('a proxy with a command line of its own stays: %s %s', (...args) => {
    const text = JSON.stringify({ servers: { a: { command: 'mcp-exporter', args } } });
    expect(unwrapConfig(text, [])).toMatchObject({
      text,
      skipped: [{ name: 'a', reason: 'wrap-config did not write its command line' }],
    });
  });
});

test.each([
  ['is missing', undefined, 'cannot read'],
  ['is not JSON', '{', 'line 1, column 2'],
  ['has no servers', '{}', 'expected the servers of an MCP client'],
])('a file that %s is refused with its path, and stays', (_title, content, message) => {
  const { directory, file } = createConfig(content);
  if (content === undefined) rmSync(file);
  writeFileSync(`${file}.bak`, CONFIG);
  expect(() => undo(file)).toThrow(
    expect.objectContaining({
      code: 'invalid_client_config',
      message: expect.stringMatching(new RegExp(`${file}.*${message}|${message}.*${file}`)) as string,
    }) as Error,
  );
  expect(readdirSync(directory)).toHaveLength(content === undefined ? 1 : 2);
});

test('any servers, in any formatting, are as before after an edit and an undo', () => {
  const word = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
  const server = fc.oneof(
    fc.record({ command: word, args: fc.array(fc.string()) }, { requiredKeys: ['command'] }),
    fc.record({ type: fc.constant('local'), command: fc.array(word, { minLength: 1, maxLength: 3 }) }),
    fc.record({
      command: fc.record({ path: word, args: fc.array(fc.string()) }),
      env: fc.dictionary(word, word),
    }),
    fc.webUrl({ validSchemes: ['https'] }).map((url) => ({ url })),
    fc.jsonValue(),
  );
  const servers = fc.dictionary(word, server, { maxKeys: 4 });
  const indent = fc.constantFrom(undefined, 2, '\t');
  fc.assert(
    fc.property(servers, indent, fc.boolean(), (mcpServers, space, isEdited) => {
      const before = JSON.stringify({ mcpServers, other: 1 }, null, space);
      const wrapped = wrapConfig(before, { hubUrl: HUB }).text;
      const edit = (text: string) => (isEdited ? text.replace(/1\s*\}$/, '2}') : text);
      expect(unwrapConfig(edit(wrapped), [before])).toMatchObject({ text: edit(before), skipped: [] });
    }),
  );
});
