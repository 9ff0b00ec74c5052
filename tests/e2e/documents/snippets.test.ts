import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readVersion } from '../../../src/package-files.ts';
import { hub } from '../../support/cli-process.ts';
import { typeCheck } from '../../support/compiler.ts';
import { outputPattern } from '../../support/printed-output.ts';
import { createReader } from '../../support/reader.ts';
import { inLanguage, snippets, type Snippet } from '../../support/snippets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// The snippets and commands of the README and of docs, as a reader copies them. Commands of npm have
// tests of their own, and the tests have no Docker.

// tests/e2e/reverse-proxies.test.ts runs those of nginx and Caddy.
const TESTED = ['caddyfile', 'console', 'ini', 'js', 'json', 'nginx', 'sh', 'ts', 'yaml'];
/** Tested with the metrics that they query, in tests/unit/docs and tests/unit/prometheus. */
const QUERIES = 'promql';
/** A drawing or a sample of `/metrics`. */
const ILLUSTRATION = 'text';

test('every snippet is in a language that a test runs or checks', () => {
  const languages = new Set(snippets.map(({ language }) => language));
  expect([...languages].toSorted()).toEqual([...TESTED, QUERIES, ILLUSTRATION].toSorted());
});

test('TypeScript snippets type-check as they are', () => {
  // Inside the repository, so that they find the built package by its name.
  const folder = temporaryFolder('.snippets-');
  // The README's snippet assumes a server; watched-server.test.ts completes and runs it.
  const programs = inLanguage('ts').filter(({ page }) => page !== 'README.md');
  expect(programs.length).toBeGreaterThan(5);
  const files = programs.map(({ page, text }, index) => {
    const file = join(folder, `${page.replaceAll(/\W/g, '-')}-${index}.ts`);
    writeFileSync(file, text);
    return file;
  });
  typeCheck(files);
});

test('JSON snippets are valid', () => {
  expect(inLanguage('json').length).toBeGreaterThan(5);
  for (const { text } of inLanguage('json')) expect(() => JSON.parse(text)).not.toThrow();
});

test('Prometheus accepts the YAML snippets', () => {
  const folder = temporaryFolder(join(tmpdir(), 'snippets-'));
  const configurations = inLanguage('yaml');
  expect(configurations.length).toBeGreaterThan(1);
  for (const { text } of configurations) {
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, text);
    execFileSync('promtool', ['check', 'config', file], { stdio: 'pipe' });
  }
});

test('the commands install this version', () => {
  const tarballs = inLanguage('sh').flatMap(({ text }) => text.match(/mcp-exporter-\S+\.tgz/g) ?? []);
  expect(tarballs.length).toBeGreaterThan(3);
  expect(new Set(tarballs)).toEqual(new Set([`mcp-exporter-${readVersion()}.tgz`]));
});

test('a shell can read the commands', () => {
  for (const { text } of inLanguage('sh')) execFileSync('sh', ['-n'], { input: text });
});

interface Command {
  readonly page: string;
  readonly line: string;
  /** The output that the page shows. */
  readonly output: string;
}

/** The command of a console snippet. Indented lines continue it. */
function commandOf({ page, text }: Snippet): Command {
  const [first = '', ...rest] = text.split('\n');
  const outputAt = rest.findIndex((line) => !line.startsWith('    '));
  const continued = rest.slice(0, outputAt);
  return {
    page,
    line: [first.replace(/^\$ /, ''), ...continued].join('\n'),
    output: rest.slice(outputAt).join('\n'),
  };
}

const consoleCommands = inLanguage('console').map(commandOf);
const serviceCommands = inLanguage('ini').flatMap(({ page, text }) =>
  [...text.matchAll(/^ExecStart=\S*\/(mcp-exporter .*)$/gm)].map(([, line = '']) => ({
    page,
    line,
    output: 'live page',
  })),
);
const shellCommands = inLanguage('sh')
  .flatMap(({ page, text }) => text.split('\n').map((line) => ({ page, line, output: 'live page' })))
  .filter(({ line }) => /\bmcp-exporter (?:hub|serve)\b/.test(line));
const commands = [...consoleCommands, ...serviceCommands, ...shellCommands].filter(
  ({ line }) => !/^(?:npm|docker) /.test(line),
);

/** All that `line` prints, as it grows. It is ended after the test. */
function run(line: string): { text: string } {
  const { project, env } = createReader();
  const child = spawn('bash', ['-c', line.replace(/--port \d+/, '--port 0')], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    process.kill(-child.pid);
    await once(child, 'close');
  });
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (printed.text += data.toString()));
  return printed;
}

describe.each(commands)('$page', ({ line, output }) => {
  test(`\`${line.split('\n')[0]}\` prints what the page shows`, async () => {
    const { base } = line.startsWith('curl') ? await hub() : { base: undefined };
    const printed = run(base ? line.replace('http://127.0.0.1:3001/', base.href) : line);
    await expect.poll(() => printed.text).toMatch(outputPattern(output));
  });
});
