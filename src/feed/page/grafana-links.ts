/** Values of a dashboard's variables. */
type Variables = Readonly<Record<string, string>>;

/** The overview dashboard in Grafana. */
export function overviewUrl(grafanaUrl: string): string {
  return dashboardUrl(grafanaUrl, 'mcp-overview').href;
}

/** @param grafanaUrl - may have a path, with or without a final slash */
export function dashboardUrl(grafanaUrl: string, uid: string, variables: Variables = {}): URL {
  const base = grafanaUrl.endsWith('/') ? grafanaUrl : `${grafanaUrl}/`;
  const url = new URL(`d/${uid}`, base);
  for (const [name, value] of Object.entries(variables)) url.searchParams.set(`var-${name}`, value);
  return url;
}
