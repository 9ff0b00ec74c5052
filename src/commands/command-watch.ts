import { setTimeout as delay } from 'node:timers/promises';

import { createLogRedaction } from '../logging/log-redaction.ts';
import { logPlainNames, logSettingWarnings } from '../logging/log-setting-warnings.ts';
import { createLogger, protectLogger } from '../logging/logger.ts';
import { serverExited } from '../mcp/protocol/request-end.ts';
import { conversationWith } from '../mcp/protocol/stdio-conversation.ts';
import { TrafficObserver } from '../mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../mcp/protocol/watched-server.ts';
import { observeStdio, type StdioWatch } from '../mcp/stdio/stdio-watch.ts';
import type { Clock } from '../monitor/clock.ts';
import { SessionRegistry } from '../monitor/session-registry.ts';
import { createRedactor } from '../redaction/create-redactor.ts';
import { readProxyArguments } from './proxy-arguments.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { serverNameOf } from './server-name.ts';
import { UsageError } from './usage-error.ts';

export interface CommandWatchOptions {
  /** The arguments before the `--`. */
  readonly flags: string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly serverEnv: Readonly<Record<string, string | undefined>>;
  /** Timestamps and durations of all events come from this clock. */
  readonly clock: Clock;
}

/** The observing side of a proxy in front of a command. */
export interface CommandWatch {
  readonly watch: StdioWatch;
  /** Flushes pending events. It takes well under a second, because the client waits for this process to exit. */
  readonly close: () => Promise<void>;
}

interface Sessions {
  readonly sessions: SessionRegistry;
  readonly close: () => Promise<void>;
}

type WatchOptions = ProxyOptions & Pick<CommandWatchOptions, 'clock'>;

const CLOSE_WITHIN_MS = 300;

/**
 * Reports to a hub if one is configured, and otherwise runs an exporter in this process. It never rejects: invalid flags
 * and settings are logged and counted. If neither reporter nor exporter starts, the server runs without metrics.
 */
export async function openCommandWatch(options: CommandWatchOptions): Promise<CommandWatch> {
  const { flags, command, args, clock } = options;
  const given = readProxyArguments(flags, process.env, true);
  const { config, name, sdDir, upstream } = given;
  const logger = createLogger(config.logLevel);
  const serverName = name ?? serverNameOf(command, args);
  const { sessions, close } = await openSessions({ config, logger, serverName, sdDir, clock });
  const problems = [...given.problems, ...(upstream ? [new UsageError(UPSTREAM_IGNORED)] : [])];
  logPlainNames(logger, options.serverEnv);
  for (const problem of problems) sessions.reportFault('settings', problem);
  let conversation: string | undefined;
  const observer = new TrafficObserver({
    sessions,
    clock,
    server: new WatchedServer({ name: serverName, onLimit: sessions.reportLimit }),
    transport: 'pipe',
    config,
    observer: 'proxy',
    mcpSessionId: () => undefined,
    conversationId: () => conversation,
  });
  const onPid = (pid: number | undefined) => {
    if (pid !== undefined) conversation = conversationWith(pid);
  };
  return { watch: observeStdio({ observer, sessions, serverName, onPid }), close };
}

/**
 * Tells the hub, if one is configured, that the server could not be started.
 *
 * @param code - the exit code of this process
 */
export async function reportUnstarted(options: CommandWatchOptions, code: number): Promise<void> {
  const { config } = readProxyArguments(options.flags, process.env, true);
  if (config.hubUrl === undefined) return;
  const { watch, close } = await openCommandWatch(options);
  const exit = { code, signal: null };
  watch.serverStarted();
  watch.serverExited(exit, serverExited(exit));
  await close();
}

const UPSTREAM_IGNORED = 'proxy: expected either --upstream or a command; --upstream is ignored';

async function openSessions(options: WatchOptions): Promise<Sessions> {
  return openHubOrExporter(options).catch((error: unknown): Sessions => {
    options.logger.error({ err: error }, 'the server runs without metrics');
    return { sessions: new SessionRegistry(), close: () => Promise.resolve() };
  });
}

async function openHubOrExporter(options: WatchOptions): Promise<Sessions> {
  const { hubUrl } = options.config;
  return hubUrl === undefined ? openExporter(options) : openReporter(options, hubUrl);
}

async function openReporter(
  { config, logger: ownLogger, clock }: WatchOptions,
  hubUrl: string,
): Promise<Sessions> {
  const { HubReporter } = await import('../relay/hub-reporter.ts');
  const redactor = createRedactor(config.redactPatterns);
  const logger = protectLogger(ownLogger, undefined, createLogRedaction(redactor));
  const sessions = new SessionRegistry({
    redactor,
    clock,
    onFault: (part, error) => logger.error({ part, err: error }, 'a part of the exporter failed'),
  });
  logSettingWarnings(logger, config);
  const reporter = new HubReporter({ sessions, config: { ...config, hubUrl }, logger });
  return {
    sessions,
    async close() {
      sessions.stop();
      await reporter.close();
    },
  };
}

async function openExporter(options: WatchOptions): Promise<Sessions> {
  const { config, logger, clock } = options;
  const { createExporter } = await import('../exporter/exporter.ts');
  const exporter = createExporter({ config, logger, clock });
  const started = exporter.start();
  let withdraw = () => undefined as void;
  const announced = started.then(async (urls) => {
    if (urls.metrics === null) return;
    logger.info(urls, 'started');
    const { announce } = await import('./announce.ts');
    withdraw = announce(options, urls.metrics);
  });
  announced.catch((error: unknown) => exporter.sessions.reportFault('discovery', error));
  return {
    sessions: exporter.sessions,
    async close() {
      withdraw();
      await Promise.race([exporter.close(), delay(CLOSE_WITHIN_MS)]);
    },
  };
}
