import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { marked, type Token, type Tokens } from 'marked';
import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, FREE_PORTS, hub } from '../../support/cli-process.ts';
import { typeCheck } from '../../support/compiler.ts';
import { outputPattern } from '../../support/printed-output.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// The snippets and commands of the README and of docs, as a reader copies them. Commands of npm have
// tests of their own, and the tests have no Docker.

interface Snippet {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
);

function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = [];
  void marked.walkTokens(marked.lexer(readRepositoryFile(page)), (token: Token) => {
    if (token.type !== 'code') return;
    const { lang = '', text } = token as Tokens.Code;
    snippets.push({ page, language: lang, text });
  });
  return snippets;
}

const snippets = pages.flatMap(snippetsOf);
const inLanguage = (...languages: string[]) =>
  snippets.filter(({ language }) => languages.includes(language));

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
const shellCommands = inLanguage('sh')
  .flatMap(({ page, text }) => text.split('\n').map((line) => ({ page, line, output: 'live page' })))
  .filter(({ line }) => /\bmcp-exporter (?:hub|serve)\b/.test(line));
const commands = [...consoleCommands, ...shellCommands].filter(({ line }) => !/^(?:npm|docker) /.test(line));

/** An empty project, with a client's configuration in it, and `mcp-exporter` on the PATH. */
function createReader() {
  const folder = temporaryFolder(join(tmpdir(), 'reader-'));
  const [bin, project] = [join(folder, 'bin'), join(folder, 'project')];
  for (const path of [bin, project, join(folder, 'my-project')]) mkdirSync(path);
  const program = join(bin, 'mcp-exporter');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(program, 0o755);
  const files = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/data'] };
  writeFileSync(join(project, '.mcp.json'), JSON.stringify({ mcpServers: { files } }));
  return { project, path: [bin, process.env['PATH']].join(delimiter) };
}

/** All that `line` prints, as it grows. It is ended after the test. */
function run(line: string): { text: string } {
  const { project, path } = createReader();
  const child = spawn('bash', ['-c', line.replace(/--port \d+/, '--port 0')], {
    cwd: project,
    env: { PATH: path, MONITORING_LOG_LEVEL: 'silent', ...FREE_PORTS },
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
