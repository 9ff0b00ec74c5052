import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { createConditions, type AlertCondition } from './alert-conditions.ts';
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
  /** No new alerts; what is not delivered yet gets one more try, all within a second. */
  close(): Promise<void>;
}

interface Group {
  readonly condition: AlertCondition;
  readonly alerts: AlertGroup;
  readonly context: MessageContext;
}

const EVALUATE_EVERY_MS = 10_000;

/**
 * The alerts that the exporter posts itself, where no Prometheus does: `McpHighErrorRate` and `McpSlowOperations`, as
 * in prometheus/rules/threshold.yml and in the format of Alertmanager's webhook. Null where alerting is off, or where
 * PROMETHEUS_URL names a Prometheus, whose rules and Alertmanager do it.
 *
 * They differ from the rules in one thing: the rules wait (`for: 2m` and `for: 5m`) to let a scrape or two disagree,
 * while here every operation is seen as it ends, and an alert fires at the next evaluation, within ten seconds.
 *
 * An operation is never delayed: its end adds to a few counters, and all else happens on a timer.
 */
export function createEmbeddedAlerts(options: EmbeddedAlertsOptions): EmbeddedAlerts | null {
  const { config, sessions, clock = systemClock, logger } = options;
  const { isAlertingEnabled, alertWebhookUrl, prometheusUrl } = config;
  if (!isAlertingEnabled || alertWebhookUrl === undefined || prometheusUrl !== undefined) return null;

  const windows = new OperationWindows({ config, clock, maxOperations: MAX_OPERATION_NAMES });
  const notifier = new WebhookNotifier({
    post: createWebhookPost(alertWebhookUrl, `mcp-exporter/${options.version}`, sessions.reportLimit),
    host: new URL(alertWebhookUrl).host,
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

function evaluate(windows: OperationWindows, groups: readonly Group[], notifier: WebhookNotifier): void {
  for (const [operation, counts] of windows.counts()) {
    for (const { condition, alerts } of groups)
      alerts.update(operation, condition.describe(operation, counts));
  }
  for (const { alerts, context } of groups) {
    const told = alerts.take();
    if (told.length > 0) tell(alerts, context, notifier, told);
  }
}

function tell(
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
