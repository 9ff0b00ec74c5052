#!/usr/bin/env node
import { writeSync } from 'node:fs';

import type { CommandName } from './commands/command-table.ts';
import { usage, type HelpTopic } from './commands/usage.ts';

const STDOUT = 1;
const STDERR = 2;
const EXIT_BAD_USAGE = 2;

type Run = (args: string[]) => Promise<void> | void;

/** Each command loads only its own modules, because clients wait for a proxy to start. */
const COMMANDS: Readonly<Record<CommandName, Run>> = {
  serve: async (args) => (await import('./commands/serve.ts')).serve(args),
  hub: async (args) => (await import('./commands/hub.ts')).hub(args),
  proxy: async (args) => (await import('./commands/proxy.ts')).proxy(args),
  setup: async (args) => (await import('./commands/setup.ts')).setup(args),
  'wrap-config': async (args) => (await import('./commands/wrap-config.ts')).wrapConfigFile(args),
  doctor: async (args) => (await import('./commands/doctor.ts')).doctor(args),
  completion: async (args) => (await import('./commands/completion.ts')).completion(args),
};

async function main([command, ...args]: string[]): Promise<void> {
  switch (command) {
    case undefined:
      print(usage('overview'), STDERR);
      process.exitCode = EXIT_BAD_USAGE;
      return;
    case '-h':
    case '--help':
      return print(usage('overview'));
    case '-v':
    case '--version':
      return printVersion();
    case 'help':
      return printHelp(args[0] ?? 'overview');
  }
  return isCommand(command) ? runCommand(command, args) : refuse(command);
}

async function runCommand(command: CommandName, args: string[]): Promise<void> {
  const commandLineEnd = args.indexOf('--');
  const own = commandLineEnd === -1 ? args : args.slice(0, commandLineEnd);
  if (own.some((arg) => arg === '--help' || arg === '-h')) return print(usage(command));
  if (own.some((arg) => arg === '--version' || arg === '-v')) return printVersion();
  // A proxy in front of a command ends as the command ends.
  const isServing =
    command === 'serve' || command === 'hub' || (command === 'proxy' && commandLineEnd === -1);
  if (isServing) (await import('./commands/stop-signals.ts')).stopAtOnce();
  await COMMANDS[command](args);
}

function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

function printHelp(topic: string): Promise<never> | void {
  if (!isCommand(topic) && topic !== 'settings' && topic !== 'overview') return refuse(topic);
  print(usage(topic satisfies HelpTopic));
}

async function printVersion(): Promise<void> {
  const { readVersion } = await import('./package-files.ts');
  print(`${readVersion()}\n`);
}

/** Writes to the descriptor, because opening `process.stdout` doubles the time that `--help` takes. */
function print(text: string, descriptor: typeof STDOUT | typeof STDERR = STDOUT): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    written = writeSync(descriptor, bytes);
  } catch {
    // The pipe is full (EAGAIN) or closed (EPIPE). The stream below waits or reports the error.
  }
  if (written === bytes.length) return;
  (descriptor === STDOUT ? process.stdout : process.stderr).write(bytes.subarray(written));
}

async function refuse(command: string): Promise<never> {
  const { unknownCommand } = await import('./commands/unknown-word.ts');
  throw unknownCommand(command, [...Object.keys(COMMANDS), 'help']);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { fail } = await import('./commands/fail.ts');
  const [command] = process.argv.slice(2);
  fail(error, isCommand(command) ? `${command} --help` : '--help');
}
