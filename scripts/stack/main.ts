// Runs the exporter, Prometheus, Alertmanager and, if installed, Grafana without Docker until Ctrl-C.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { createScratchWorkspace } from '../../demo/scratch-workspace.ts';
import { runTraffic } from '../../demo/traffic.ts';
import { UsageError } from '../../src/commands/usage-error.ts';
import { ExporterError, errorMessage } from '../../src/errors.ts';
import { stopSignal } from '../stop-signals.ts';
import { readStackOptions, STACK_USAGE } from './stack-options.ts';
import { startStack, type Stack } from './stack.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;

const stopped = stopSignal();

const closers: (() => unknown)[] = [];
try {
  await main();
} catch (error) {
  if (!stopped.aborted) report(error);
} finally {
  for (const close of closers.toReversed()) await close();
}
// Ends the process even if a connection is still open.
process.exit();

async function main(): Promise<void> {
  const {
    demo,
    verbose,
    help,
    workspaceDir = process.cwd(),
    dataDir,
    ports,
  } = readStackOptions(process.argv.slice(2));
  if (help) return void process.stdout.write(STACK_USAGE);

  const workspace = demo ? createScratchWorkspace() : null;
  if (workspace) closers.push(workspace.remove);
  const stack = await startStack({
    ports,
    workspaceDir: workspace?.directory ?? workspaceDir,
    dataDir,
    signal: stopped,
    ...(verbose ? { onOutput: (program, line) => console.error(`${program}: ${line}`) } : undefined),
  });
  closers.push(() => stack.close());
  console.log(greeting(stack));

  const ends: Promise<unknown>[] = [stack.crashed, once(stopped, 'abort').then(() => null)];
  if (workspace) {
    const traffic = { mcpUrl: stack.urls.mcp, headers: stack.headers, workspace, stopped };
    ends.push(runTraffic(traffic).catch((error: unknown) => causeOf(error, stack)));
  }
  const failure = await Promise.race(ends);
  if (failure) throw failure;
}

/** If the exporter crashes, the traffic fails first. */
async function causeOf(error: unknown, { crashed }: Stack): Promise<unknown> {
  return Promise.race([crashed, delay(1000, error)]);
}

function greeting({ urls, config, logDir }: Stack): string {
  const grafana = urls.grafana ?? 'there is none on the PATH; the dashboards are in grafana/dashboards';
  const alerts = config.isAlertingEnabled
    ? 'posted to MONITORING_ALERT_WEBHOOK_URL'
    : 'posted nowhere: set MONITORING_ALERTING_ENABLED=true and MONITORING_ALERT_WEBHOOK_URL';
  return `The stack is up:
  live page     ${urls.page}
  metrics       ${urls.metrics}
  MCP endpoint  ${urls.mcp}
  Prometheus    ${urls.prometheus}
  Alertmanager  ${urls.alertmanager}
  Grafana       ${grafana}
  logs          ${logDir}
Alerts are ${alerts}.
Ctrl-C stops all of it.`;
}

function report(error: unknown): void {
  process.stderr.write(`stack: ${errorMessage(error).replace(/^stack: /, '')}\n`);
  if (error instanceof UsageError) process.stderr.write('stack: see npm run stack -- --help\n');
  const isBadConfiguration = error instanceof UsageError || error instanceof ExporterError;
  process.exitCode = isBadConfiguration ? EXIT_BAD_CONFIGURATION : EXIT_FAILED;
}
