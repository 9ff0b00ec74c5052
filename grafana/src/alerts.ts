import { prometheus } from './foreign-series.ts';
import { max, selectRecorded, type Matchers } from './promql.ts';

/** Alerts of this product's rules, but for the one that always fires. */
const ALERT_NAMES = ['=~"Mcp.+"', '!="McpWatchdog"'];

/** What an alert can be about: each kind has labels of its own. */
const ABOUT = ['mcp_server_name', 'gen_ai_tool_name', 'operation', 'instance', 'label', 'reason'];

/** What a table of alerts has columns for, or links by. */
const SHOWN = ['alertname', 'alertstate', 'severity', 'window', 'what', 'job', 'dashboard', 'panel'];

/** One series per alert that fires. */
export function firingAlerts(matchers: Matchers = {}): string {
  return selectRecorded(prometheus.alerts, { alertstate: '="firing"', alertname: ALERT_NAMES, ...matchers });
}

/** What somebody has to do something about; `info` can wait until somebody looks. */
export const URGENT = { severity: '=~"critical|warning"' };

/** `alerts` with a label `what`, which says what they are about. */
export function withSubject(alerts: string): string {
  const about = ABOUT.map((label) => `"${label}"`).join(', ');
  return `label_join(${alerts}, "what", " ", ${about})`;
}

/**
 * Alerts, with when they began as the value, in milliseconds, and with what they are about. The labels `dashboard` and
 * `panel`, which the rules set, say where to look.
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
