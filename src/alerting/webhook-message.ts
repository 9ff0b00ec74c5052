import { SEVERITY, type AlertCondition } from './alert-conditions.ts';
import type { Alert } from './alert-group.ts';
import type { AlertLinks } from './alert-links.ts';
import { fingerprint } from './fingerprint.ts';

type Texts = Readonly<Record<string, string>>;
type Status = 'firing' | 'resolved';

interface WebhookAlert {
  readonly status: Status;
  readonly labels: Texts;
  readonly annotations: Texts;
  /** ISO 8601. */
  readonly startsAt: string;
  /** ISO 8601; {@link NEVER} while it fires. */
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/**
 * The message of Alertmanager's webhook receiver, version 4.
 *
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export interface WebhookMessage {
  readonly receiver: string;
  /** `firing` if any alert is firing. */
  readonly status: Status;
  readonly alerts: readonly WebhookAlert[];
  readonly groupLabels: Texts;
  /** Labels that all alerts have in common. */
  readonly commonLabels: Texts;
  readonly commonAnnotations: Texts;
  readonly externalURL: string;
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
}

export interface MessageContext {
  readonly condition: Pick<AlertCondition, 'alertName' | 'summary' | 'shownStatus'>;
  readonly links: AlertLinks;
  readonly job: string;
  /** `host:port`, like the `instance` label of a scrape. */
  readonly instance: string;
}

/** Go's zero time. */
const NEVER = '0001-01-01T00:00:00Z';

/** The notification of one alert name and job, grouped as in prometheus/alertmanager.yml. */
export function createWebhookMessage(context: MessageContext, group: readonly Alert[]): WebhookMessage {
  const { condition, job } = context;
  const groupLabels = { alertname: condition.alertName, job };
  const alerts = group.map((alert) => webhookAlert(context, alert));
  return {
    receiver: 'webhook',
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: context.links.external,
    version: '4',
    groupKey: groupKey(groupLabels),
    truncatedAlerts: 0,
  };
}

function webhookAlert({ condition, links, job, instance }: MessageContext, alert: Alert): WebhookAlert {
  const { subject, description, startsAtMs, endsAtMs } = alert;
  const { server, operation } = subject;
  const { alertName, summary } = condition;
  const labels = {
    alertname: alertName,
    instance,
    job,
    ...(server === null ? undefined : { mcp_server_name: server }),
    operation,
    severity: SEVERITY,
  };
  const live = links.generator(subject, condition.shownStatus);
  const dashboard = links.dashboard(operation);
  const runbook = links.runbook(alertName);
  return {
    status: endsAtMs === null ? 'firing' : 'resolved',
    labels,
    annotations: {
      ...(dashboard === null ? undefined : { dashboard_url: dashboard }),
      description,
      ...(live === '' ? undefined : { live_url: live }),
      ...(runbook === null ? undefined : { runbook_url: runbook }),
      summary,
    },
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: endsAtMs === null ? NEVER : new Date(endsAtMs).toISOString(),
    generatorURL: live,
    fingerprint: fingerprint(labels),
  };
}

/** Alertmanager's key of a group below the root route. */
function groupKey(labels: Texts): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}=${JSON.stringify(text)}`);
  return `{}:{${pairs.join(', ')}}`;
}

function common([first, ...others]: readonly Texts[]): Texts {
  const entries = Object.entries(first ?? {});
  return Object.fromEntries(entries.filter(([name, text]) => others.every((other) => other[name] === text)));
}
