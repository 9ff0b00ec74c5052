import { parseDocument } from 'yaml';

import { withLocalAddresses } from './addresses.ts';
import type { StackPorts } from './ports.ts';

export interface PrometheusRun {
  readonly ports: StackPorts;
  /** Whether the file `exporter-key` contains the exporter's key. */
  readonly hasKey: boolean;
  /** Replaces the intervals of the file in tests, such as `1s`. */
  readonly scrapeInterval?: string | undefined;
  readonly evaluationInterval?: string | undefined;
}

/** `prometheus.yml` with this run's addresses, Alertmanager, the key and the given intervals. */
export function prometheusConfig(text: string, run: PrometheusRun): string {
  const enabled = text.replaceAll(
    run.hasKey ? /^( *)#(?:alertmanager|key) /gm : /^( *)#alertmanager /gm,
    '$1',
  );
  const document = parseDocument(withLocalAddresses(enabled, run.ports));
  if (run.scrapeInterval) document.setIn(['global', 'scrape_interval'], run.scrapeInterval);
  if (run.evaluationInterval) document.setIn(['global', 'evaluation_interval'], run.evaluationInterval);
  return document.toString({ lineWidth: 0 });
}
