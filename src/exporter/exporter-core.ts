import { readConfig, type Config } from '../settings/config.ts';
import { ExporterError } from '../errors.ts';
import { createLogger, protectLogger, type Logger } from '../logging/logger.ts';
import { createLogRedaction } from '../logging/log-redaction.ts';
import { logSettingWarnings } from '../logging/log-setting-warnings.ts';
import { PrometheusClient } from '../history/prometheus-client.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import { protectClock, systemClock, type Clock } from '../monitor/clock.ts';
import { createRedactor } from '../redaction/create-redactor.ts';
import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import type { FaultPart } from '../monitor/faults.ts';
import { SessionRegistry } from '../monitor/session-registry.ts';
import { createHistories, type Histories } from './create-history.ts';
import type { ExporterOptions } from './exporter-options.ts';
import type { UsableOptions } from './usable-options.ts';
import { readVersion } from '../package-files.ts';

type PrometheusQuery = PrometheusClient['query'];

/** The parts that everything in an exporter shares. */
export interface ExporterCore extends Histories {
  readonly config: Config;
  /** Whether mistakes and failures throw. */
  readonly strict: boolean;
  /** Whether the settings for authentication are valid. */
  readonly isAccessClear: boolean;
  readonly clock: Clock;
  readonly version: string;
  readonly logger: Logger;
  readonly sessions: SessionRegistry;
  readonly metrics: MetricsCollector;
  /** Evaluates an expression in Prometheus; null if Prometheus is not configured. */
  readonly queryPrometheus: PrometheusQuery | null;
  /**
   * Reports that a part cannot be started or used.
   *
   * @throws `error` if the exporter is strict
   */
  readonly fail: (part: FaultPart, error: unknown) => void;
}

/** @throws TypeError, ExporterError `invalid_setting`, or an error of the registry, if `options.strict` */
export function createCore({ options, problems: unusable }: UsableOptions): ExporterCore {
  const { strict = false } = options;
  const { config, problems, isAccessClear } = readConfig(process.env, options.config);
  const invalid = problems.map(({ message }) => new ExporterError('invalid_setting', message));
  const wrong = [...unusable, ...invalid];
  if (strict && wrong[0]) throw wrong[0];
  const clock = options.clock
    ? protectClock(options.clock, (error) => sessions.reportFault('clock', error))
    : systemClock;
  const redactor = createRedactor(config.redactPatterns);
  const faults: [FaultPart, unknown][] = wrong.map((error) => ['settings', error]);
  const redaction = createLogRedaction(redactor);
  // Only counts the fault: the failing logger could not log it.
  const onLogFailure = () => sessions.publish({ type: 'part_failed', part: 'log' });
  const logger = options.logger
    ? protectLogger(options.logger, onLogFailure, redaction)
    : createLogger(config.logLevel, undefined, redaction);
  const sessions: SessionRegistry = new SessionRegistry({
    clock,
    redactor,
    onFault: (part, error) => logger.error({ part, err: error }, 'a part of the exporter failed'),
  });
  const fail = (part: FaultPart, error: unknown) => {
    if (strict) throw error;
    sessions.reportFault(part, error);
  };

  const version = readVersion();
  const onMetricError = (error: unknown) => sessions.reportFault('collector', error);
  const { registry } = options;
  const serverOf = (sessionId: string) => sessions.serverNameOf(sessionId);
  const metrics = createMetrics({ config, clock, version, registry, serverOf, onMetricError }, (error) => {
    if (strict) throw error;
    faults.push(['collector', error]);
  });
  const writer = options.logger ?? logger;
  if ('droppedLines' in writer) metrics.exporter.countDroppedLogLines(() => Number(writer.droppedLines));
  if (config.isMetricsEnabled) sessions.subscribe(metrics.onEvent, 'collector');
  const onFallback = (reason: FallbackReason) => metrics.exporter.historyFallback(reason);
  const histories = createHistories({ config, clock, logger, sessions, onFallback });
  logSettingWarnings(logger, config);
  // Earlier faults are reported here, because the collector counts them and exists only now.
  for (const [part, error] of faults) sessions.reportFault(part, error);
  const parts = { ...histories, queryPrometheus: createQuery(config) };
  return { config, strict, isAccessClear, clock, version, logger, sessions, metrics, ...parts, fail };
}

function createQuery({ prometheusUrl }: Config): PrometheusQuery | null {
  if (prometheusUrl === undefined) return null;
  const prometheus = new PrometheusClient(prometheusUrl);
  return (expression, timeMs) => prometheus.query(expression, timeMs);
}

interface MetricsSetup extends Pick<ExporterCore, 'config' | 'clock' | 'version'> {
  readonly onMetricError: (error: unknown) => void;
  readonly registry: ExporterOptions['registry'];
  readonly serverOf: (sessionId: string) => string | null;
}

/** Uses the program's registry, or a new one if registering fails. */
function createMetrics(setup: MetricsSetup, onRefused: (error: unknown) => void): MetricsCollector {
  try {
    return createCollector(setup);
  } catch (error) {
    onRefused(error);
    return createCollector({ ...setup, registry: undefined });
  }
}

function createCollector({
  config,
  clock,
  version,
  registry,
  serverOf,
  onMetricError,
}: MetricsSetup): MetricsCollector {
  return new MetricsCollector({
    clock,
    version,
    config,
    serverOf,
    onMetricError,
    ...(registry ? { registry } : undefined),
  });
}

/** @throws an error of the registry, if strict */
export function collectProcessMetrics({ config, metrics, fail }: ExporterCore): void {
  if (!config.isMetricsEnabled) return;
  try {
    metrics.collectProcessMetrics();
  } catch (error) {
    fail('collector', error);
  }
}
