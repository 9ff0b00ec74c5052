import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

import { firingAlerts, withSubject } from './alerts.ts';
import { runtime } from './foreign-series.ts';
import { palette } from './palette.ts';
import { begins, ofExporters, select } from './promql.ts';
import { DATASOURCE, overTime } from './query.ts';

const restarts = (offset: string) => `changes(${select(runtime.startTime)}[$__rate_interval]${offset}) > 0`;

/**
 * Annotations on all panels with a time axis: starts of alerts, and exporter restarts. Only the starts are marked, because
 * Grafana draws longer annotations as regions, which cover the charts in an incident.
 */
export function annotations(): AnnotationQueryBuilder[] {
  return [
    annotation('Alerts', withSubject(begins((offset) => `${firingAlerts()}${offset}`)), palette.bad)
      .titleFormat('{{alertname}}')
      .textFormat('{{what}}')
      // Grafana does not trim spaces around the commas.
      .tagKeys('severity,job'),
    annotation('Restarts', ofExporters(`(${begins(restarts)})`), palette.cancelled)
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
