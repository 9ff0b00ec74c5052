import { fittingOperations } from './fitting-operations.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { CurrentMetrics } from '../monitor/session-summary.ts';
import { toWire, type Wire, type WireOperation } from './wire-format.ts';

export type WireCurrentMetrics = Omit<Wire<CurrentMetrics>, 'active_operations' | 'recently_completed'> & {
  active_operations: WireOperation[];
  recently_completed: WireOperation[];
};

/** Maximum size of each list in characters of JSON, because feed clients with too many unsent bytes are closed. */
const MAX_SIZE = 128 * 1024;

export function currentMetricsToWire(metrics: CurrentMetrics, redactor: Redactor): WireCurrentMetrics {
  const latestFirst = fittingOperations(metrics.recentlyCompleted.toReversed(), MAX_SIZE, redactor);
  return {
    ...toWire(metrics),
    active_operations: fittingOperations(metrics.activeOperations, MAX_SIZE, redactor),
    recently_completed: latestFirst.toReversed(),
  };
}
