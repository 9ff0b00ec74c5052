#!/usr/bin/env node
import { parseArgs } from 'node:util';

import { describeSettings, loadConfig, type Config } from './config.ts';
import { ExporterError, errorMessage } from './errors.ts';
import { createExporter, type Exporter, type ExporterUrls } from './exporter.ts';
import { createLogger, type Logger } from './logger.ts';
import { readVersion } from './version.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;
/** Whatever hangs at a stop is left behind after this. */
const STOP_WITHIN_MS = 5000;

const USAGE = `Usage: mcp-exporter serve [--workspace DIR] [--stdio]

Watches MCP operations: metrics for Prometheus, and a live page.

Commands:
  serve              Serve the pipeline server over a workspace, the metrics and the page

Options:
  --workspace DIR    Folder that the pipeline tools work on (default: the current one)
  --stdio            Speak MCP on stdin and stdout too; logs go to stderr
  -h, --help         Print this
  -v, --version      Print the version

Environment (default in brackets):
${settingsHelp()}
Exit codes: 0 stopped, 1 failed, 2 bad configuration or usage
`;

interface Arguments {
  readonly command: 'serve' | 'help' | 'version';
  readonly workspaceDir: string;
  readonly isStdio: boolean;
}

async function main(): Promise<void> {
  const { command, workspaceDir, isStdio } = readArguments(process.argv.slice(2));
  if (command === 'help') return void process.stdout.write(USAGE);
  if (command === 'version') return void process.stdout.write(`${readVersion()}\n`);

  const config = loadConfig(process.env);
  const logger = createLogger(config.logLevel);
  const exporter = createExporter({
    config,
    logger,
    workspaceDir,
    isStdioServed: isStdio,
    keepsProcessAlive: true,
  });
  stopOnSignals(exporter, logger);
  warnOfOpenDoors(config, logger);
  sayWhoPostsAlerts(config, logger);
  // Whoever started us may have stopped reading.
  process.stdout.on('error', () => undefined);
  const urls = await exporter.start();
  logger.info({ ...urls, workspace: workspaceDir, stdio: isStdio }, 'started');
  if (isStdio) {
    await exporter.stdioClosed;
    await stop(exporter, logger, 'the client is gone');
  } else {
    process.stdout.write(greeting(urls));
  }
}

function warnOfOpenDoors({ host, apiKey }: Config, logger: Logger): void {
  if (apiKey === undefined && !['localhost', '127.0.0.1', '::1'].includes(host)) {
    logger.warn({ host }, 'reachable from other machines without a key: set MONITORING_REQUIRE_AUTH');
  }
  if (apiKey === undefined && process.env['MONITORING_API_KEY']) {
    logger.warn('MONITORING_API_KEY guards nothing while MONITORING_REQUIRE_AUTH is not true');
  }
}

function sayWhoPostsAlerts({ isAlertingEnabled, prometheusUrl }: Config, logger: Logger): void {
  if (!isAlertingEnabled) return;
  if (prometheusUrl === undefined)
    logger.info('alerts are posted by this exporter: PROMETHEUS_URL is not set');
  else logger.info('alerts are posted by Alertmanager, not by this exporter: PROMETHEUS_URL is set');
}

function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const workspaceDir = values.workspace ?? process.cwd();
  const isStdio = values.stdio ?? false;
  if (values.help) return { command: 'help', workspaceDir, isStdio };
  if (values.version) return { command: 'version', workspaceDir, isStdio };
  const [command, ...rest] = positionals;
  if (command === undefined) throw new UsageError('expected a command: serve');
  if (command !== 'serve' || rest.length > 0) {
    throw new UsageError(`expected the command serve, received ${JSON.stringify(positionals.join(' '))}`);
  }
  return { command, workspaceDir, isStdio };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        workspace: { type: 'string' },
        stdio: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    throw new UsageError(errorMessage(error));
  }
}

class UsageError extends Error {}

function stopOnSignals(exporter: Exporter, logger: Logger): void {
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(EXIT_FAILED);
      void stop(exporter, logger, signal);
    });
  }
}

async function stop(exporter: Exporter, logger: Logger, reason: string): Promise<void> {
  logger.info({ reason }, 'stopping');
  setTimeout(() => {
    logger.warn('something did not stop in time');
    process.exit(0);
  }, STOP_WITHIN_MS).unref();
  await exporter.close();
  logger.info('stopped');
  process.exit(0);
}

function greeting({ page, metrics, mcp }: ExporterUrls): string {
  const lines = [`mcp-exporter ${readVersion()}`, `  metrics       ${metrics}`];
  if (page !== null) lines.push(`  live page     ${page}`);
  if (mcp !== null) lines.push(`  MCP endpoint  ${mcp}`);
  return `${lines.join('\n')}\n`;
}

function settingsHelp(): string {
  const rows = describeSettings().map(({ name, fallback, description, allowed }) => {
    const shown = fallback === '' ? '' : ` [${fallback}]`;
    return `  ${name}${shown}\n      ${description}: ${allowed}\n`;
  });
  return rows.join('');
}

/** One line on stderr, whatever went wrong. */
function fail(error: unknown): never {
  process.stderr.write(`mcp-exporter: ${errorMessage(error).replaceAll('\n', ' ')}\n`);
  if (error instanceof UsageError) {
    process.stderr.write('mcp-exporter: see mcp-exporter --help\n');
    process.exit(EXIT_BAD_CONFIGURATION);
  }
  const isConfiguration =
    error instanceof ExporterError && ['invalid_setting', 'workspace_unavailable'].includes(error.code);
  process.exit(isConfiguration ? EXIT_BAD_CONFIGURATION : EXIT_FAILED);
}

await main().catch(fail);
