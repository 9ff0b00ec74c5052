import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { completedCommands } from '../../src/commands/completion/completed-commands.ts';
import { CLI, runCli } from '../support/cli-process.ts';
import { openShell } from '../support/typed-lines.ts';

const SHOW_ARGUMENTS = String.raw`mcp-exporter() { printf '<%s>' "$@"; echo; }`;

/** A folder with a file, a folder and a program, and the completion script of a shell. */
function createFolder(shell: string) {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'data-folder'));
  writeFileSync(join(folder, 'data-file.json'), '{}');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/unlikely-server'), '');
  chmodSync(join(folder, 'bin/unlikely-server'), 0o755);
  const script = join(folder, `script.${shell}`);
  writeFileSync(script, execFileSync(process.execPath, [CLI, 'completion', shell]));
  const env = { HOME: folder, PATH: `${folder}/bin:${process.env['PATH']}` };
  return { folder, script, env };
}

/** @returns a function that types a line and Tab, and returns the arguments that Enter then runs the program with */
async function openCompleting(shell: 'bash' | 'zsh') {
  const { folder, script, env } = createFolder(shell);
  const start = {
    bash: { command: 'bash --norc --noprofile -i', setup: [] },
    zsh: {
      command: 'zsh -f -i',
      setup: [
        'autoload -Uz compinit && compinit -u -D',
        'unset zle_bracketed_paste',
        'unsetopt prompt_cr prompt_sp auto_remove_slash',
      ],
    },
  }[shell];
  const setup = [...start.setup, SHOW_ARGUMENTS, `source ${script}`];
  const type = await openShell({ command: start.command, setup, cwd: folder, env });
  return async (line: string): Promise<string> => {
    const output = await type(`mcp-exporter ${line}\t`);
    // The last, because a list of candidates may come before.
    return /^(?:<[^>]*>)+(?=\r?$)/gm.exec(output)?.[0] ?? output;
  };
}

/** The lines that fish would offer for a command line. */
function openFish() {
  const { folder, script, env } = createFolder('fish');
  return (line: string): string[] =>
    execFileSync(
      'fish',
      ['--no-config', '--command', `source ${script}; complete -C ${JSON.stringify(`mcp-exporter ${line}`)}`],
      {
        cwd: folder,
        env,
        encoding: 'utf8',
      },
    )
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => each.split('\t', 1)[0] ?? '');
}

/** Each option of each command, without its last character where that still names it alone. */
const OPTIONS = completedCommands().flatMap(({ name, options }) =>
  options.flatMap(({ flag }) => {
    const start = flag.slice(0, -1);
    return options.filter((other) => other.flag.startsWith(start)).length === 1
      ? [{ line: `${name} ${start}`, expected: `<${name}><${flag}>` }]
      : [];
  }),
);

const WORDS = [
  { line: 'serv', expected: '<serve>' },
  { line: 'wra', expected: '<wrap-config>' },
  { line: '--vers', expected: '<--version>' },
  { line: 'help sett', expected: '<help><settings>' },
  { line: 'help doct', expected: '<help><doctor>' },
  { line: 'completion fi', expected: '<completion><fish>' },
];

const VALUES = [
  { line: 'serve --workspace data', expected: '<serve><--workspace><data-folder/>' },
  { line: 'proxy --sd-dir data', expected: '<proxy><--sd-dir><data-folder/>' },
  { line: 'wrap-config data-fi', expected: '<wrap-config><data-file.json>' },
  { line: 'wrap-config --write data-fi', expected: '<wrap-config><--write><data-file.json>' },
  { line: 'proxy --name x -- unlikely-ser', expected: '<proxy><--name><x><--><unlikely-server>' },
  { line: 'proxy -- unlikely-server data-fi', expected: '<proxy><--><unlikely-server><data-file.json>' },
];

/** What nothing completes stays as it was typed. */
const UNKNOWN = [
  { line: 'hub --port data-fi', expected: '<hub><--port><data-fi>' },
  { line: 'hub data-fi', expected: '<hub><data-fi>' },
  { line: 'serve --json', expected: '<serve><--json>' },
];

describe.each(['bash', 'zsh'] as const)('%s', (shell) => {
  test('completes every option of every command', async () => {
    const complete = await openCompleting(shell);
    expect(OPTIONS.length).toBeGreaterThan(20);
    for (const { line, expected } of OPTIONS) {
      expect(await complete(line), line).toBe(expected);
    }
  });

  test('completes commands, words, paths and the command behind a proxy, and nothing else', async () => {
    const complete = await openCompleting(shell);
    for (const { line, expected } of [...WORDS, ...VALUES, ...UNKNOWN])
      expect(await complete(line), line).toBe(expected);
  });
});

test('bash completes --workspace= too', async () => {
  const complete = await openCompleting('bash');
  expect(await complete('serve --workspace=data')).toBe('<serve><--workspace=data-folder/>');
});

describe('fish', () => {
  const lastWord = (expected: string) => /<([^<>]*)>$/.exec(expected)?.[1] ?? '';

  test('completes every option of every command', () => {
    const complete = openFish();
    for (const { name, options } of completedCommands()) {
      expect(complete(`${name} --`).toSorted(), name).toEqual(options.map(({ flag }) => flag).toSorted());
    }
  });

  test('completes commands, words, paths and the command behind a proxy, and nothing else', () => {
    const complete = openFish();
    expect(complete('').toSorted()).toEqual(
      completedCommands()
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const { line, expected } of [...WORDS, ...VALUES])
      expect(complete(line), line).toEqual([lastWord(expected)]);
    for (const { line } of UNKNOWN) expect(complete(line), line).toEqual([]);
  });
});

test.each([
  [[], 'completion: expected bash, zsh or fish'],
  [['bsh'], 'completion: unknown shell "bsh", did you mean "bash"?'],
  [['toString'], 'completion: unknown shell "toString"; expected bash, zsh, fish'],
  [['bash', 'zsh'], 'completion: unexpected argument "zsh"'],
])('the arguments %j end with 2 and a line that says what is expected', async (args, message) => {
  const { code, stdout, stderr } = await runCli(['completion', ...args]).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(`mcp-exporter: ${message}\nmcp-exporter: see mcp-exporter completion --help\n`);
});
