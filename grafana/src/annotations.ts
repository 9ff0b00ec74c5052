import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

import { firingAlerts, withSubject } from './alerts.ts';
import { runtime } from './foreign-series.ts';
import { palette } from './palette.ts';
import { ofExporters, select } from './promql.ts';
import { DATASOURCE, overTime } from './query.ts';

/** Annotations on all panels with a time axis: firing alerts and exporter restarts. */
export function annotations(): AnnotationQueryBuilder[] {
  const restarts = ofExporters(`changes(${select(runtime.startTime)}[$__rate_interval]) > 0`);
  return [
    annotation('Firing alerts', withSubject(firingAlerts()), palette.bad)
      .titleFormat('{{alertname}}')
      .textFormat('{{what}}')
      // Grafana does not trim spaces around the commas.
      .tagKeys('severity,job'),
    annotation('Restarts', restarts, palette.cancelled)
      .titleFormat('Exporter restarted')
      .textFormat('{{instance}}')
      .tagKeys('job'),
  ];
}

function annotation(name: string, expr: string, colour: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(colour)
    .target(overTime(expr, '').refId('Anno'));
}
