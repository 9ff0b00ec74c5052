import type { AlertBody } from '../api/answers.ts';
import type { Config } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';
import type { Logger } from '../logging/logger.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { createConditions, SEVERITY, type AlertCondition } from './alert-conditions.ts';
import { AlertGroup, type Alert } from './alert-group.ts';
import { AlertLinks } from './alert-links.ts';
import { OperationWindows } from './operation-windows.ts';
import { PrometheusWatch, type PrometheusWatchOptions } from './prometheus-watch.ts';
import { createWebhookMessage, type MessageContext } from './webhook-message.ts';
import { WebhookNotifier, type NotificationResult } from './webhook-notifier.ts';
import { createWebhookPost } from './webhook-post.ts';

export interface EmbeddedAlertsOptions {
  readonly config: Config;
  readonly sessions: SessionRegistry;
  /** The base URL that the exporter listens on. */
  readonly listensAt: URL;
  readonly version: string;
  readonly logger: Logger;
  /** @defaultValue the system's clocks */
  readonly clock?: Clock | undefined;
  /** Rejects if Prometheus does not answer; null if it is not configured. */
  readonly askPrometheus: PrometheusWatchOptions['ask'] | null;
  readonly onNotification: (result: NotificationResult) => void;
}

export interface EmbeddedAlerts {
  /** The alerts that the exporter sends now; null if Prometheus sends them. */
  firing(): AlertBody[] | null;
  /** Stops evaluating, and tries to deliver pending notifications once more, within a second. */
  close(): Promise<void>;
}

interface Group {
  readonly condition: AlertCondition;
  readonly alerts: AlertGroup;
  readonly context: MessageContext;
}

const EVALUATE_EVERY_MS = 10_000;
/** Operations of all servers together. */
const MAX_SUBJECTS = 1000;

/**
 * Alerts that the exporter sends without Prometheus: `McpHighErrorRate`, `McpSlowOperations` and `McpOperationStalled`, as in
 * prometheus/rules, in the format of Alertmanager's webhook. With PROMETHEUS_URL, Prometheus and Alertmanager send them, and
 * the exporter only while Prometheus is unreachable. Null if alerting is off.
 *
 * The rules have a delay (`for: 30s` and `for: 5m`) because they depend on scrapes. Here every operation is counted when it
 * ends, and an alert fires at the next evaluation, within ten seconds.
 *
 * Operations are never delayed: their end increments a few counters, and a timer does the rest.
 */
export function createEmbeddedAlerts(options: EmbeddedAlertsOptions): EmbeddedAlerts | null {
  const { config, sessions, clock = systemClock, logger } = options;
  const { isAlertingEnabled, alertWebhookUrl } = config;
  if (!isAlertingEnabled || alertWebhookUrl === undefined) return null;
  const { askPrometheus: ask } = options;
  const prometheus = ask && new PrometheusWatch({ ask, clock, logger });
  const isNeeded = () => prometheus === null || prometheus.isUnreachable;

  const windows = new OperationWindows({
    config,
    clock,
    serverOf: (sessionId) => sessions.serverNameOf(sessionId),
    maxSubjects: MAX_SUBJECTS,
  });
  const notifier = new WebhookNotifier({
    post: createWebhookPost(alertWebhookUrl, `mcp-exporter/${options.version}`, sessions.reportLimit),
    host: new URL(alertWebhookUrl).host,
    setting: nameOfSetting('alertWebhookUrl', config.variablePrefix),
    clock,
    logger,
    onResult: options.onNotification,
  });
  const groups = createGroups(options, clock);
  const timer = setInterval(() => {
    try {
      void prometheus?.check();
      evaluate(windows, groups, { notifier, isNeeded: isNeeded() });
    } catch (error) {
      sessions.reportFault('alerts', error);
    }
  }, EVALUATE_EVERY_MS).unref();
  const unsubscribe = sessions.subscribe((event) => {
    if (event.type === 'operation') windows.onOperation(event);
  }, 'alerts');
  return {
    firing: () => (isNeeded() ? groups.flatMap(firingIn) : null),
    close: () => {
      clearInterval(timer);
      unsubscribe();
      return notifier.close();
    },
  };
}

function createGroups({ config, listensAt }: EmbeddedAlertsOptions, clock: Clock): readonly Group[] {
  const { publicUrl = listensAt.href, prometheusJob: job } = config;
  const links = new AlertLinks({ ...config, publicUrl });
  const instance = `${listensAt.hostname}:${listensAt.port || '80'}`;
  return createConditions(config).map((condition) => ({
    condition,
    alerts: new AlertGroup(clock),
    context: { condition, links, job, instance },
  }));
}

function firingIn({ condition, alerts }: Group): AlertBody[] {
  return alerts.firing().map(({ subject, description }) => ({
    name: condition.alertName,
    severity: SEVERITY,
    ...subject,
    description,
  }));
}

/** @param isNeeded - whether alerts fire; if not, those that fire resolve after a while */
function evaluate(
  windows: OperationWindows,
  groups: readonly Group[],
  { notifier, isNeeded }: { readonly notifier: WebhookNotifier; readonly isNeeded: boolean },
): void {
  for (const [subject, counts] of windows.counts()) {
    for (const { condition, alerts } of groups)
      alerts.update(subject, isNeeded ? condition.describe(subject, counts) : null);
  }
  for (const { alerts, context } of groups) {
    const due = alerts.take();
    if (due.length > 0) send(alerts, context, notifier, due);
  }
}

function send(
  group: AlertGroup,
  context: MessageContext,
  notifier: WebhookNotifier,
  alerts: readonly Alert[],
): void {
  const body = JSON.stringify(createWebhookMessage(context, alerts));
  void notifier.send(body).then((result) => {
    if (result !== 'delivered') group.putBack(alerts);
  });
}
