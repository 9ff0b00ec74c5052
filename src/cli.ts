#!/usr/bin/env node
import { printError } from './commands/print-error.ts';
import { stopAtOnce } from './commands/stop-signals.ts';
import { UsageError, USAGE } from './commands/usage.ts';
import { ExporterError, type ExporterErrorCode } from './errors.ts';
import { readVersion } from './version.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;

const OF_CONFIGURATION = new Set<ExporterErrorCode>([
  'invalid_setting',
  'authentication_required',
  'workspace_unavailable',
  'invalid_client_config',
  'sdk_missing',
]);

/** Each loads what it needs, and no more: a proxy is started often, and somebody waits for it. */
const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void> | void>> = {
  serve: async (args) => (await import('./commands/serve.ts')).serve(args),
  hub: async (args) => (await import('./commands/hub.ts')).hub(args),
  proxy: async (args) => (await import('./commands/proxy.ts')).proxy(args),
  'wrap-config': async (args) => (await import('./commands/wrap-config.ts')).wrapConfigFile(args),
};

async function main([command, ...args]: string[]): Promise<void> {
  const commandLineEnd = args.indexOf('--');
  const own = [command, ...(commandLineEnd === -1 ? args : args.slice(0, commandLineEnd))];
  if (own.some((arg) => arg === '--help' || arg === '-h')) return void process.stdout.write(USAGE);
  if (own.some((arg) => arg === '--version' || arg === '-v')) {
    return void process.stdout.write(`${readVersion()}\n`);
  }
  const expected = `expected a command: ${Object.keys(COMMANDS).join(', ')}`;
  if (command === undefined) throw new UsageError(expected);
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!run) throw new UsageError(`${expected}; received ${JSON.stringify(command)}`);
  // A proxy in front of a command ends as the command does.
  const isServing = command === 'serve' || command === 'hub' || (command === 'proxy' && !args.includes('--'));
  if (isServing) stopAtOnce();
  await run(args);
}

function fail(error: unknown): never {
  printError(error);
  if (error instanceof UsageError) {
    printError('see mcp-exporter --help');
    process.exit(EXIT_BAD_CONFIGURATION);
  }
  const isConfiguration = error instanceof ExporterError && OF_CONFIGURATION.has(error.code);
  process.exit(isConfiguration ? EXIT_BAD_CONFIGURATION : EXIT_FAILED);
}

await main(process.argv.slice(2)).catch(fail);
