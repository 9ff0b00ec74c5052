import { fittingOperations } from './fitting-operations.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { CurrentMetrics } from '../monitor/session-summary.ts';
import { toWire, type Wire, type WireOperation } from './wire-format.ts';

export type WireCurrentMetrics = Omit<Wire<CurrentMetrics>, 'active_operations' | 'recently_completed'> & {
  active_operations: WireOperation[];
  recently_completed: WireOperation[];
};

/** Of either list, in characters of JSON. A feed client that has too much to read would be closed. */
const MAX_SIZE = 128 * 1024;

export function currentMetricsToWire(metrics: CurrentMetrics, redactor: Redactor): WireCurrentMetrics {
  const latestFirst = fittingOperations(metrics.recentlyCompleted.toReversed(), MAX_SIZE, redactor);
  return {
    ...toWire(metrics),
    active_operations: fittingOperations(metrics.activeOperations, MAX_SIZE, redactor),
    recently_completed: latestFirst.toReversed(),
  };
}
