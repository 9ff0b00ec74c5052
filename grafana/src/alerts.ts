import { prometheus } from './foreign-series.ts';
import { selectRecorded } from './promql.ts';

/** Alerts of this product's rules, but for the one that always fires. */
const ALERT_NAMES = ['=~"Mcp.+"', '!="McpWatchdog"'];

/** What an alert can be about: each kind has labels of its own. */
const ABOUT = ['mcp_server_name', 'gen_ai_tool_name', 'operation', 'instance', 'label', 'reason'];

/** One series per alert that fires. */
export function firingAlerts(): string {
  return selectRecorded(prometheus.alerts, { alertstate: '="firing"', alertname: ALERT_NAMES });
}

/**
 * Alerts, with when they began as the value, in milliseconds. The label `what` says what they are about; `dashboard` and
 * `panel`, which the rules set, where to look.
 */
export function alertsSince(alerts: string): string {
  const since = selectRecorded(prometheus.alertsSince, { alertname: ALERT_NAMES });
  const about = ABOUT.map((label) => `"${label}"`).join(', ');
  return (
    'max by (alertname, alertstate, severity, window, what, job, dashboard, panel) (label_join(' +
    `${alerts} * 0 + ignoring (alertstate) group_left () ${since} * 1000, "what", " ", ${about}))`
  );
}

/** Alerts on the error budget, pending or firing. */
export function budgetAlerts(): string {
  return selectRecorded(prometheus.alerts, { alertname: '="McpErrorBudgetBurn"' });
}
