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
import { createWebhookMessage, type MessageContext } from './webhook-message.ts';
import { MAX_OPERATION_NAMES } from '../monitor/label-limiter.ts';
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
  readonly onNotification: (result: NotificationResult) => void;
}

export interface EmbeddedAlerts {
  firing(): AlertBody[];
  /** Stops evaluating, and tries to deliver pending notifications once more, within a second. */
  close(): Promise<void>;
}

interface Group {
  readonly condition: AlertCondition;
  readonly alerts: AlertGroup;
  readonly context: MessageContext;
}

const EVALUATE_EVERY_MS = 10_000;

/**
 * Alerts that the exporter sends without Prometheus: `McpHighErrorRate` and `McpSlowOperations`, as in
 * prometheus/rules/threshold.yml, in the format of Alertmanager's webhook. Null if alerting is off, or if PROMETHEUS_URL is
 * set: then Prometheus and Alertmanager send them.
 *
 * The rules have a delay (`for: 30s` and `for: 5m`) because they depend on scrapes. Here every operation is counted when it
 * ends, and an alert fires at the next evaluation, within ten seconds.
 *
 * Operations are never delayed: their end increments a few counters, and a timer does the rest.
 */
export function createEmbeddedAlerts(options: EmbeddedAlertsOptions): EmbeddedAlerts | null {
  const { config, sessions, clock = systemClock, logger } = options;
  const { isAlertingEnabled, alertWebhookUrl, prometheusUrl } = config;
  if (!isAlertingEnabled || alertWebhookUrl === undefined || prometheusUrl !== undefined) return null;

  const windows = new OperationWindows({ config, clock, maxOperations: MAX_OPERATION_NAMES });
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
      evaluate(windows, groups, notifier);
    } catch (error) {
      sessions.reportFault('alerts', error);
    }
  }, EVALUATE_EVERY_MS).unref();
  const unsubscribe = sessions.subscribe((event) => {
    if (event.type === 'operation') windows.onOperation(event);
  }, 'alerts');
  return {
    firing: () => groups.flatMap(firingIn),
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
  return alerts.firing().map(({ operation, description }) => ({
    name: condition.alertName,
    severity: SEVERITY,
    server: null,
    operation,
    description,
  }));
}

function evaluate(windows: OperationWindows, groups: readonly Group[], notifier: WebhookNotifier): void {
  for (const [operation, counts] of windows.counts()) {
    for (const { condition, alerts } of groups)
      alerts.update(operation, condition.describe(operation, counts));
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
