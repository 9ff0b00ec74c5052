import type { Config } from '../settings/config.ts';
import { HistoryWithFallback } from '../history/history-with-fallback.ts';
import { History } from '../history/history.ts';
import { PrometheusHistory } from '../history/prometheus-history.ts';
import type { Logger } from '../logging/logger.ts';
import { pipelineCatalogue } from '../metrics/catalogue.ts';
import type { Clock } from '../monitor/clock.ts';
import type { FallbackReason } from '../monitor/fallback-reasons.ts';
import type { OnLimit } from '../monitor/limits.ts';

interface HistorySetup {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onLimit: OnLimit;
  readonly onFallback: (reason: FallbackReason) => void;
}

/** Reads history from Prometheus if it is configured, and from this process if it is unreachable. */
export function createHistory({ config, clock, logger, onLimit, onFallback }: HistorySetup): History {
  const { prometheusUrl } = config;
  if (prometheusUrl === undefined) return new History({ clock, config });
  const histogram = pipelineCatalogue.operationDuration.name;
  const prometheus = new PrometheusHistory({
    config: { ...config, prometheusUrl },
    histogram,
    clock,
    onLimit,
  });
  return new History({
    clock,
    config,
    reader: (local) => new HistoryWithFallback({ prometheus, local, onFallback, logger, clock }),
  });
}
