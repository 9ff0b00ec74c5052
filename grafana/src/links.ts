import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';

/** What the dashboards have in common, and by what they find each other. */
export const TAG = 'mcp-exporter';

/** Links above every dashboard: the others with the same variables and time, the live page, the runbooks. */
export function dashboardLinks(): DashboardLinkBuilder[] {
  return [
    new DashboardLinkBuilder('MCP dashboards')
      .type(DashboardLinkType.Dashboards)
      .tags([TAG])
      .includeVars(true)
      .keepTime(true),
    outside('Live page', '${page}/', 'Operations as they happen'),
    outside('Runbooks', '${page}/runbooks', 'What each alert means, and what to do'),
  ];
}

function outside(title: string, url: string, tooltip: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(url)
    .tooltip(tooltip)
    .icon('external link')
    .targetBlank(true);
}

/** A link of a value. The SDK's type for it asks for what only links of a dashboard have. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank: boolean;
}

/** Leads to another dashboard, or to this one with other variables. */
export function here(title: string, url: string): DataLink {
  return { title, url, targetBlank: false };
}

/** Leads out of Grafana. */
export function newTab(title: string, url: string): DataLink {
  return { title, url, targetBlank: true };
}

/** A field whose values are links. */
export function linked(...links: DataLink[]): DynamicConfigValue {
  return { id: 'links', value: links };
}

interface Destination {
  /** What its variables are set to, by their names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Variables of the dashboard with the link that go with it, beside data source, jobs and instances. */
  readonly keep?: readonly string[];
  readonly panel?: string;
}

/** A dashboard, at the time and with the data source, jobs and instances of this one. */
export function dashboardUrl(uid: string, { variables = {}, keep = [], panel }: Destination): string {
  const kept = ['datasource', 'job', 'instance', ...keep].filter((name) => !(name in variables));
  const parameters = [
    ...(panel === undefined ? [] : [`viewPanel=${panel}`]),
    ...Object.entries(variables).map(([name, value]) => `var-${name}=${value}`),
    ...kept.map((name) => `\${${name}:queryparam}`),
    '${__url_time_range}',
  ];
  return `/d/${uid}?${parameters.join('&')}`;
}

/** One tool's history: of the server that has it, as another may have one of the same name. */
export function toolUrl(toolName: string, serverName: string): string {
  return dashboardUrl('mcp-tools', { variables: { tool: toolName, server: serverName } });
}

const LOOK_AT_TOOL = here(
  'Look at ${__field.labels.gen_ai_tool_name}',
  toolUrl(
    '${__field.labels.gen_ai_tool_name:percentencode}',
    '${__field.labels.mcp_server_name:percentencode}',
  ),
);

/** A bar or a line that is about one tool. */
export const toTool = linked(LOOK_AT_TOOL);

/** A bar or a line that is about one tool's failures. */
export const toFailingTool = linked(
  LOOK_AT_TOOL,
  newTab(
    'Failed calls on the live page',
    failedOnLivePageUrl('${__field.labels.gen_ai_tool_name:percentencode}'),
  ),
);

/** The live page, with the operations of one name. */
export function livePageUrl(operation: string): string {
  return `\${page}/?name=${operation}`;
}

/** The live page, with the operations of one name that failed. */
export function failedOnLivePageUrl(operation: string): string {
  return `${livePageUrl(operation)}&status=failed`;
}

/** The runbook of an alert. */
export function runbookUrl(alertName: string): string {
  return `\${page}/runbooks#${alertName}`;
}
