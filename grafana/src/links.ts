import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';

/** The tag of all dashboards, used in links between them. */
export const TAG = 'mcp-exporter';

/** Links in each dashboard's header: the other dashboards with the same variables and time, the live page, the runbooks. */
export function dashboardLinks(): DashboardLinkBuilder[] {
  return [
    new DashboardLinkBuilder('MCP dashboards')
      .type(DashboardLinkType.Dashboards)
      .tags([TAG])
      .includeVars(true)
      .keepTime(true),
    outside('Live page', '${page}/', 'Operations in real time'),
    outside('Runbooks', '${page}/runbooks', 'Meaning, diagnosis and remedy of each alert'),
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

/** A link of a field. The SDK's type requires members that only dashboard links have. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank: boolean;
}

/** A link to another dashboard, or to this one with other variables. */
export function here(title: string, url: string): DataLink {
  return { title, url, targetBlank: false };
}

/** A link out of Grafana. */
export function newTab(title: string, url: string): DataLink {
  return { title, url, targetBlank: true };
}

/** Makes a field's values links. */
export function linked(...links: DataLink[]): DynamicConfigValue {
  return { id: 'links', value: links };
}

interface Destination {
  /** Variables to set, by name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Variables to pass on, additional to data source, job and instance. */
  readonly keep?: readonly string[];
  readonly panel?: string;
}

/** The URL of a dashboard with the current time range, data source, jobs and instances. */
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

/** The URL of a tool's details. Includes the server, because other servers may have a tool with the same name. */
export function toolUrl(toolName: string, serverName: string): string {
  return dashboardUrl('mcp-tools', { variables: { tool: toolName, server: serverName } });
}

const OPEN_TOOL = here(
  'Open ${__field.labels.gen_ai_tool_name}',
  toolUrl(
    '${__field.labels.gen_ai_tool_name:percentencode}',
    '${__field.labels.mcp_server_name:percentencode}',
  ),
);

/** Links of a tool's bar or line. */
export const toTool = linked(OPEN_TOOL);

/** Links of a bar or line with a tool's failures. */
export const toFailingTool = linked(
  OPEN_TOOL,
  newTab(
    'Failed calls on the live page',
    failedOnLivePageUrl(
      '${__field.labels.gen_ai_tool_name:percentencode}',
      '${__field.labels.mcp_server_name:percentencode}',
    ),
  ),
);

/** The live page, filtered by operation name, and by server if the row or series has one. */
export function livePageUrl(operation: string, serverName?: string): string {
  return `\${page}/?name=${operation}${serverName === undefined ? '' : `&server=${serverName}`}`;
}

/** The live page, filtered by server. */
export function livePageOfServerUrl(server: string): string {
  return `\${page}/?server=${server}`;
}

/** The live page, filtered by operation name and failures. */
export function failedOnLivePageUrl(operation: string, serverName?: string): string {
  return `${livePageUrl(operation, serverName)}&status=failed`;
}

/** The runbook of an alert. */
export function runbookUrl(alertName: string): string {
  return `\${page}/runbooks#${alertName}`;
}
