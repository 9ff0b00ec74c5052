import type { Span } from './state/timeline.ts';

/** Values of a dashboard's variables. */
type Variables = Readonly<Record<string, string>>;

/** The hour before an operation shows its usual behavior. */
const BEFORE_MS = 3_600_000;
const AFTER_MS = 300_000;

/** The overview dashboard in Grafana. */
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

/** @param grafanaUrl - may have a path, with or without a final slash */
function dashboardUrl(grafanaUrl: string, uid: string, variables: Variables = {}): URL {
  const base = grafanaUrl.endsWith('/') ? grafanaUrl : `${grafanaUrl}/`;
  const url = new URL(`d/${uid}`, base);
  for (const [name, value] of Object.entries(variables)) url.searchParams.set(`var-${name}`, value);
  return url;
}
