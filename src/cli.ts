#!/usr/bin/env node
import { writeSync } from 'node:fs';

import { usage } from './commands/usage.ts';

const STDOUT = 1;

/** Each command loads only its own modules, because clients wait for a proxy to start. */
const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void> | void>> = {
  serve: async (args) => (await import('./commands/serve.ts')).serve(args),
  hub: async (args) => (await import('./commands/hub.ts')).hub(args),
  proxy: async (args) => (await import('./commands/proxy.ts')).proxy(args),
  setup: async (args) => (await import('./commands/setup.ts')).setup(args),
  'wrap-config': async (args) => (await import('./commands/wrap-config.ts')).wrapConfigFile(args),
};

async function main([command, ...args]: string[]): Promise<void> {
  const commandLineEnd = args.indexOf('--');
  const own = [command, ...(commandLineEnd === -1 ? args : args.slice(0, commandLineEnd))];
  if (own.some((arg) => arg === '--help' || arg === '-h')) return print(usage());
  if (own.some((arg) => arg === '--version' || arg === '-v')) {
    const { readVersion } = await import('./package-files.ts');
    return print(`${readVersion()}\n`);
  }
  const run = command !== undefined && Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!run) return refuse(command);
  // A proxy in front of a command ends as the command ends.
  const isServing = command === 'serve' || command === 'hub' || (command === 'proxy' && !args.includes('--'));
  if (isServing) (await import('./commands/stop-signals.ts')).stopAtOnce();
  await run(args);
}

/** Writes to the descriptor, because opening `process.stdout` doubles the time that `--help` takes. */
function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    written = writeSync(STDOUT, bytes);
  } catch {
    // The pipe is full (EAGAIN) or closed (EPIPE). The stream below waits or reports the error.
  }
  if (written < bytes.length) process.stdout.write(bytes.subarray(written));
}

async function refuse(command: string | undefined): Promise<never> {
  const { UsageError } = await import('./commands/usage-error.ts');
  const received = command === undefined ? '' : `, got ${JSON.stringify(command)}`;
  throw new UsageError(`expected a command: ${Object.keys(COMMANDS).join(', ')}${received}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { fail } = await import('./commands/fail.ts');
  fail(error);
}
