import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';

import { runSetup } from '../setup/run-setup.ts';
import { undoSetup } from '../setup/undo-setup.ts';
import { expectNoPositionals, parseHttpUrl, parseOptions, readSettings } from './arguments.ts';
import { programByPath, RUNNING_PROGRAM, shellProgram } from './own-program.ts';
import { withProgress } from './progress.ts';
import { UsageError } from './usage-error.ts';

/** `mcp-exporter setup`: every MCP client of the user behind proxies, and a hub for them. */
export async function setup(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('setup', args);
  expectNoPositionals('setup', positionals);
  const { hubUrl: hub, hubKey } = readSettings(values);
  const user = {
    machine: { platform: process.platform, home: homedir(), env: process.env },
    uid: process.getuid?.() ?? 0,
    print: (text: string) => void process.stdout.write(`${text}\n`),
    confirm: values.yes ? () => Promise.resolve(true) : confirm,
    showProgress: withProgress<void>,
  };
  if (values.undo) {
    if (values.hub !== undefined || values.service) {
      throw new UsageError('setup: --undo excludes --hub and --service');
    }
    return undoSetup(user);
  }
  return runSetup({
    ...user,
    hubUrl: hub === undefined ? undefined : parseHttpUrl('--hub', hub).href.replace(/\/$/, ''),
    program: programByPath(),
    shellProgram: shellProgram(),
    runningProgram: RUNNING_PROGRAM,
    hasKey: hubKey !== undefined,
    isServiceWanted: values.service,
  });
}

/** @throws UsageError if there is no terminal to ask on */
async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('setup: expected a terminal to ask on. Nothing was changed; pass --yes to confirm');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
