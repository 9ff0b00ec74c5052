import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { onTestFinished } from 'vitest';

const PROMPT = 'ready> ';

interface ShellOptions {
  /** The command line that starts the shell without anybody's configuration. */
  readonly command: string;
  /** Lines that prepare the shell. Nothing may follow its prompt. */
  readonly setup: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A shell in a terminal of its own, at which one can type. */
export async function openShell({ command, setup, cwd, env }: ShellOptions) {
  const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], TERM: 'dumb', HISTFILE: '/dev/null', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const closed = once(terminal, 'close');
    terminal.stdin.write('exit\r');
    await closed;
  });
  let output = '';
  terminal.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const prompted = async () => {
    while (!output.endsWith(PROMPT)) await once(terminal.stdout, 'data');
  };
  terminal.stdin.write(`${[...setup, `PS1='rea''dy> '`].join('\n')}\n`);
  await prompted();
  /** Types a line and Enter, and returns all that appears until the next prompt. */
  return async (line: string): Promise<string> => {
    output = '';
    terminal.stdin.write(`${line}\r`);
    await prompted();
    return output;
  };
}
