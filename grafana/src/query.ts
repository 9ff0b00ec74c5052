import {
  DataqueryBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source of the variable `datasource`. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The default name of a query by its index: A, B, C… */
export function refIdOf(index: number): string {
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.charAt(index);
}

/** A range query. */
export function overTime(expr: string, legend: string): DataqueryBuilder {
  return query(expr).range().legendFormat(legend);
}

/** An instant query with one value per series. */
export function atOnce(expr: string, legend: string): DataqueryBuilder {
  return query(expr).instant().legendFormat(legend);
}

/** An instant query for a table: one row per series, with labels as columns. */
export function tableRows(expr: string): DataqueryBuilder {
  return query(expr).instant().format(PromQueryFormat.Table);
}

/** A range query of a histogram's buckets for a heatmap. */
export function heatmapRows(expr: string): DataqueryBuilder {
  return query(expr).range().format(PromQueryFormat.Heatmap).legendFormat('{{le}}').exemplar(true);
}

function query(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).editorMode(QueryEditorMode.Code).expr(expr);
}
