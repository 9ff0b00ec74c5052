import type { Config } from '../settings/config.ts';
import { HistoryWithFallback } from '../history/history-with-fallback.ts';
import { History } from '../history/history.ts';
import { ServerActivity } from '../history/server-activity.ts';
import { PrometheusHistory } from '../history/prometheus-history.ts';
import type { Logger } from '../logging/logger.ts';
import { pipelineCatalogue } from '../metrics/catalogue.ts';
import type { Clock } from '../monitor/clock.ts';
import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';

interface HistorySetup {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessions: SessionRegistry;
  readonly onFallback: (reason: FallbackReason) => void;
}

/** The statistics of ended operations. */
export interface Histories {
  readonly history: History;
  readonly serverActivity: ServerActivity;
}

/** Creates the histories, which record the events of `sessions` if metrics are enabled. */
export function createHistories(setup: HistorySetup): Histories {
  const { config, clock, sessions } = setup;
  const history = createHistory(setup);
  const serverActivity = new ServerActivity(clock, (sessionId) => sessions.serverNameOf(sessionId));
  if (config.isMetricsEnabled) {
    for (const { onEvent } of [history, serverActivity]) sessions.subscribe(onEvent, 'history');
  }
  return { history, serverActivity };
}

/** Reads history from Prometheus if it is configured, and from this process if it is unreachable. */
function createHistory({ config, clock, logger, sessions, onFallback }: HistorySetup): History {
  const { prometheusUrl } = config;
  if (prometheusUrl === undefined) return new History({ clock, config });
  const histogram = pipelineCatalogue.operationDuration.name;
  const prometheus = new PrometheusHistory({
    config: { ...config, prometheusUrl },
    histogram,
    clock,
    onLimit: sessions.reportLimit,
  });
  return new History({
    clock,
    config,
    reader: (local) => new HistoryWithFallback({ prometheus, local, onFallback, logger, clock }),
  });
}
