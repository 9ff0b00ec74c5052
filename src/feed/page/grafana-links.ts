import type { Span } from './state/timeline.ts';

/** What a dashboard's own variables are set to. */
type Variables = Readonly<Record<string, string>>;

/** An hour before an operation shows what was usual. */
const BEFORE_MS = 3_600_000;
const AFTER_MS = 300_000;

/** All that happens, in Grafana. */
export function overviewUrl(grafanaUrl: string): string {
  return dashboardUrl(grafanaUrl, 'mcp-overview').href;
}

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

/** @param grafanaUrl - may have a path, with or without a slash at its end */
function dashboardUrl(grafanaUrl: string, uid: string, variables: Variables = {}): URL {
  const base = grafanaUrl.endsWith('/') ? grafanaUrl : `${grafanaUrl}/`;
  const url = new URL(`d/${uid}`, base);
  for (const [name, value] of Object.entries(variables)) url.searchParams.set(`var-${name}`, value);
  return url;
}
