import { prometheus } from './foreign-series.ts';
import { max, selectRecorded, type Matchers } from './promql.ts';

/** Alerts of mcp-exporter's rules, except the watchdog. */
const ALERT_NAMES = ['=~"Mcp.+"', '!="McpWatchdog"'];

/** Labels that identify an alert's subject. Each alert has some of them. */
const ABOUT = ['mcp_server_name', 'gen_ai_tool_name', 'operation', 'instance', 'label', 'reason'];

/** Labels that alert tables show or use in links. */
const SHOWN = ['alertname', 'alertstate', 'severity', 'window', 'what', 'job', 'dashboard', 'panel'];

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
  return max(withSubject(dated), ...SHOWN);
}

/** Alerts on the error budget, pending or firing. */
export function budgetAlerts(): string {
  return selectRecorded(prometheus.alerts, { alertname: '="McpErrorBudgetBurn"' });
}
