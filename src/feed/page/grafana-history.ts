import { dashboardUrl } from './grafana-links.ts';
import type { Span } from './state/timeline.ts';

/** The hour before an operation shows its usual behavior. */
const BEFORE_MS = 3_600_000;
const AFTER_MS = 300_000;

/** The history of the operations of one name, around the time of one of them. */
export function operationHistoryUrl(grafanaUrl: string, operationName: string, span: Span): string {
  return around(dashboardUrl(grafanaUrl, 'mcp-pipeline', { operation: operationName }), span);
}

/** The history of a server's tool, around the time of one call. */
export function toolHistoryUrl(grafanaUrl: string, server: string, tool: string, span: Span): string {
  return around(dashboardUrl(grafanaUrl, 'mcp-tools', { server, tool }), span);
}

function around(url: URL, { fromMs, toMs }: Span): string {
  url.searchParams.set('from', String(Math.floor(fromMs - BEFORE_MS)));
  url.searchParams.set('to', String(Math.ceil(toMs + AFTER_MS)));
  return url.href;
}
