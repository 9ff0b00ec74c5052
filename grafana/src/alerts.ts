import { prometheus } from './foreign-series.ts';
import { max, selectRecorded, type Matchers } from './promql.ts';

/** Alerts of mcp-exporter's rules, except the watchdog. */
const ALERT_NAMES = ['=~"Mcp.+"', '!="McpWatchdog"'];

/** Labels that identify an alert's subject. Each alert has some of them. */
const ABOUT = ['mcp_server_name', 'gen_ai_tool_name', 'operation', 'instance', 'label', 'reason'];

/** Severities from the most to the least urgent. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;

/** Labels that alert tables show or use in links. */
const SHOWN = ['alertname', 'alertstate', 'rank', 'window', 'what', 'job', 'dashboard', 'panel'];

/** Labels with the values of variables in links: the alert's server, operation and tool, or `All`. */
const TARGETS = { of_server: 'mcp_server_name', of_operation: 'operation', of_tool: 'gen_ai_tool_name' };

/** Alerts of the selected servers, and alerts that are not about a server. */
export const OF_SERVER = { mcp_server_name: '=~"$server|"' };

/** One series for each firing alert. */
export function firingAlerts(matchers: Matchers = {}): string {
  return selectRecorded(prometheus.alerts, { alertstate: '="firing"', alertname: ALERT_NAMES, ...matchers });
}

/** Severities that require action. */
export const URGENT = { severity: '=~"critical|warning"' };

/** Adds a label `what` with the alerts' subject. */
export function withSubject(alerts: string): string {
  const about = ABOUT.map((label) => `"${label}"`).join(', ');
  return `label_join(${alerts}, "what", " ", ${about})`;
}

/**
 * Alerts with their start in milliseconds as value, and with their subject. The rules' labels `dashboard` and `panel` are
 * the link's target.
 */
export function alertsSince(alerts: string): string {
  const since = selectRecorded(prometheus.alertsSince, { alertname: ALERT_NAMES });
  const dated = `${alerts} * 0 + ignoring (alertstate) group_left () ${since} * 1000`;
  return max(withTargets(withRank(withSubject(dated))), ...SHOWN, ...Object.keys(TARGETS));
}

/** Adds a label `rank` with the position in {@link SEVERITIES}, because severities do not sort by their names. */
function withRank(alerts: string): string {
  return SEVERITIES.reduce(
    (ranked, severity, index) => `label_replace(${ranked}, "rank", "${index}", "severity", "${severity}")`,
    alerts,
  );
}

function withTargets(alerts: string): string {
  return Object.entries(TARGETS).reduce(
    (expr, [label, source]) =>
      `label_replace(label_join(${expr}, "${label}", "", "${source}"), "${label}", "All", "${label}", "")`,
    alerts,
  );
}

/** Alerts on the error budget, pending or firing. */
export function budgetAlerts(): string {
  return selectRecorded(prometheus.alerts, { alertname: '="McpErrorBudgetBurn"', ...OF_SERVER });
}
