import {
  DataqueryBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that the variable `datasource` chooses. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The name of a query that has no other, by its place among all: A, B, C… */
export function refIdOf(index: number): string {
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.charAt(index);
}

/** A series over the time range of the dashboard. */
export function overTime(expr: string, legend: string): DataqueryBuilder {
  return query(expr).range().legendFormat(legend);
}

/** What is now, or was over the whole time range: one value per series. */
export function atOnce(expr: string, legend: string): DataqueryBuilder {
  return query(expr).instant().legendFormat(legend);
}

/** One value per series, as rows of a table whose columns are the labels. */
export function tableRows(expr: string): DataqueryBuilder {
  return query(expr).instant().format(PromQueryFormat.Table);
}

/** A histogram's buckets, one after the other, as a heatmap takes them. */
export function heatmapRows(expr: string): DataqueryBuilder {
  return query(expr).range().format(PromQueryFormat.Heatmap).legendFormat('{{le}}').exemplar(true);
}

function query(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).editorMode(QueryEditorMode.Code).expr(expr);
}
