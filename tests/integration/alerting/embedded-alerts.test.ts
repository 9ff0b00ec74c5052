import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import type { ExporterOptions } from '../../../src/exporter/exporter-options.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { runExporter } from '../../support/running-exporter.ts';
import { startWebhookReceiver, type WebhookReaction } from '../../support/webhook-receiver.ts';

const MINUTE_MS = 60_000;

// Only what evaluates: sockets and time-outs are real.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  return () => vi.useRealTimers();
});

async function alerting(reaction: WebhookReaction = 200, options: ExporterOptions = {}) {
  const webhook = await startWebhookReceiver(reaction);
  const clock = new FakeClock();
  const { exporter, get, urls } = await runExporter({
    clock,
    ...options,
    config: { isAlertingEnabled: true, alertWebhookUrl: webhook.url, ...options.config },
  });
  const monitor = exporter.sessions.open('s');
  return {
    webhook,
    clock,
    exporter,
    monitor,
    host: new URL(urls.metrics).host,
    end: (operation: string, times: number, success = true) => {
      for (let i = 0; i < times; i++) {
        monitor.stopMonitoring(monitor.startMonitoring(operation), {}, success);
      }
    },
    /** Lets time go on, with the exporter's evaluations. */
    pass: (ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 10_000) {
        clock.advance(10_000);
        vi.advanceTimersByTime(10_000);
      }
    },
    statusAlerts: async () => ((await get('/api/v1/status')).json() as { alerts: unknown }).alerts,
    notifications: async (result: string) => {
      const pattern = new RegExp(`^mcp_exporter_alert_notifications_total{result="${result}"} (\\d+)$`, 'm');
      return Number(pattern.exec((await get('/metrics')).text)?.[1]);
    },
  };
}

test('a failing operation fires, and when it has been well for a while it is resolved', async () => {
  const { webhook, end, pass, host, clock, notifications } = await alerting();
  end('scan', 3);
  end('scan', 2, false);
  pass(10_000);
  expect(await webhook.message(0)).toMatchObject({
    status: 'firing',
    groupKey: '{}:{alertname="McpHighErrorRate", job="mcp-exporter"}',
    externalURL: `http://${host}`,
    alerts: [
      {
        status: 'firing',
        labels: {
          alertname: 'McpHighErrorRate',
          instance: host,
          job: 'mcp-exporter',
          operation: 'scan',
          severity: 'warning',
        },
        annotations: { description: expect.stringMatching(/^2 of 5 calls of scan /) as string },
        startsAt: new Date(clock.now()).toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: `http://${host}/?name=scan&status=failed`,
      },
    ],
  });
  // Nothing ends any more: five minutes empty the window, five more make sure.
  pass(11 * MINUTE_MS);
  expect(await webhook.message(1)).toMatchObject({
    status: 'resolved',
    alerts: [{ status: 'resolved', labels: { operation: 'scan' } }],
  });
  pass(60 * MINUTE_MS);
  await expect.poll(() => notifications('delivered')).toBe(2);
  expect(webhook.deliveries).toHaveLength(2);
});

test('a slow operation fires, with the threshold of the settings', async () => {
  const config = { slowOperationSeconds: 90, grafanaUrl: 'https://grafana.example.com' };
  const { webhook, clock, monitor, pass } = await alerting(200, { config });
  const id = monitor.startMonitoring('scan');
  clock.advance(91_000);
  monitor.stopMonitoring(id);
  pass(10_000);
  expect(await webhook.message(0)).toMatchObject({
    groupLabels: { alertname: 'McpSlowOperations' },
    alerts: [
      {
        annotations: {
          description: expect.stringMatching(/^1 of 1 calls of scan took longer than 1m 30s /) as string,
          dashboard_url: expect.stringContaining('https://grafana.example.com/d/mcp-pipeline?') as string,
        },
      },
    ],
  });
});

test('links lead to where people reach the page', async () => {
  const { webhook, end, pass } = await alerting(200, {
    config: { publicUrl: 'https://ops.example.com/mcp' },
  });
  end('scan', 5, false);
  pass(10_000);
  const { externalURL, alerts } = await webhook.message(0);
  expect(externalURL).toBe('https://ops.example.com/mcp');
  expect(alerts[0]).toMatchObject({
    generatorURL: 'https://ops.example.com/mcp/?name=scan&status=failed',
    annotations: { runbook_url: 'https://ops.example.com/mcp/runbooks#McpHighErrorRate' },
  });
});

test('nothing is posted where alerting is off', async () => {
  const { end, pass, exporter, webhook } = await alerting(200, { config: { isAlertingEnabled: false } });
  end('scan', 10, false);
  pass(MINUTE_MS);
  await exporter.close();
  expect(webhook.deliveries).toEqual([]);
});

test('a call that hangs fires before its client gives up, with its server', async () => {
  const { webhook, exporter, pass } = await alerting();
  exporter.sessions.open('theirs', 'files').startMonitoring('scan');
  pass(40_000);
  expect(await webhook.message(0)).toMatchObject({
    groupLabels: { alertname: 'McpOperationStalled' },
    alerts: [
      {
        labels: { mcp_server_name: 'files', operation: 'scan' },
        annotations: {
          description: '1 running calls of scan of files may hang: no progress for 40s, longer than usual.',
        },
      },
    ],
  });
});

describe('with a Prometheus', () => {
  /** A Prometheus that answers queries while `isUp`. */
  async function withPrometheus() {
    const state = { isUp: true, asked: 0 };
    const server = createServer((_, response) => {
      state.asked += 1;
      response.statusCode = state.isUp ? 200 : 503;
      const data = { resultType: 'vector', result: [] };
      response.end(JSON.stringify(state.isUp ? { status: 'success', data } : {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const logger = createLogger('silent');
    const lines: unknown[] = [];
    for (const level of ['warn', 'info'] as const) {
      vi.spyOn(logger, level).mockImplementation((_: unknown, message?: unknown) => void lines.push(message));
    }
    const config = { prometheusUrl: `http://127.0.0.1:${port}` };
    const running = await alerting(200, { logger, config });
    /** Lets 20 seconds go on, with one question to Prometheus and its answer. */
    const ask = async (): Promise<void> => {
      const before = state.asked;
      running.pass(20_000);
      await expect.poll(() => state.asked).toBeGreaterThan(before);
    };
    return { ...running, state, ask, lines };
  }
  const UNREACHABLE = 'Prometheus unreachable, this exporter posts alerts';
  const REACHABLE = 'Prometheus reachable again, it sends the alerts';

  test('nothing is posted while it answers', async () => {
    const { end, ask, webhook, exporter, lines } = await withPrometheus();
    end('scan', 10, false);
    for (let i = 0; i < 6; i++) await ask();
    await exporter.close();
    expect(webhook.deliveries).toEqual([]);
    expect(lines).not.toContain(UNREACHABLE);
  });

  test('the exporter posts alerts while it is unreachable for a minute, and resolves them later', async () => {
    const { end, ask, pass, webhook, state, lines, statusAlerts } = await withPrometheus();
    state.isUp = false;
    for (let i = 0; i < 3; i++) await ask();
    end('scan', 10, false);
    expect(lines).not.toContain(UNREACHABLE);
    for (let i = 0; i < 2; i++) await ask();
    await expect.poll(() => lines).toContain(UNREACHABLE);
    pass(10_000);
    expect(await webhook.message(0)).toMatchObject({ status: 'firing' });
    expect(await statusAlerts()).toMatchObject({
      source: 'local',
      problem: expect.stringContaining('Prometheus') as string,
      firing: [{ name: 'McpHighErrorRate', operation: 'scan' }],
    });
    state.isUp = true;
    await ask();
    await expect.poll(() => lines).toContain(REACHABLE);
    end('scan', 10, false);
    pass(6 * MINUTE_MS);
    expect(await webhook.message(1)).toMatchObject({ status: 'resolved' });
  });
});

describe('a webhook that is not well', () => {
  test.each([
    ['hangs', 'nothing'],
    ['fails', 500],
  ] as const)(
    'a webhook that %s does not delay an operation, nor the exporter’s close',
    async (_, reaction) => {
      const { webhook, end, pass, monitor, exporter, notifications } = await alerting(reaction);
      end('scan', 5, false);
      pass(10_000);
      await webhook.message(0);
      // What waited for the webhook would wait here, too.
      for (let i = 0; i < 1000; i++) await monitor.run('scan', () => undefined);
      expect(await notifications('delivered')).toBe(0);
      await expect(exporter.close()).resolves.toBeUndefined();
    },
  );

  test('a webhook that recovers gets what it missed', async () => {
    const { webhook, end, pass, notifications } = await alerting(503);
    end('scan', 5, false);
    pass(10_000);
    await webhook.message(0);
    webhook.become(200);
    expect(await webhook.message(1)).toEqual(await webhook.message(0));
    await expect.poll(() => notifications('delivered')).toBe(1);
  });

  test('a refused notification counts as failed, and what still fires is sent five minutes later', async () => {
    const { webhook, end, pass, notifications } = await alerting(403);
    end('scan', 5, false);
    pass(10_000);
    await expect.poll(() => notifications('failed')).toBe(1);
    webhook.become(200);
    pass(3 * MINUTE_MS);
    end('scan', 5, false);
    pass(3 * MINUTE_MS);
    expect(await webhook.message(1)).toMatchObject({ status: 'firing' });
  });

  test('the log names the variable that must have the address of a redirect', async () => {
    const logger = createLogger('silent');
    const warn = vi.spyOn(logger, 'warn').mockReturnValue(undefined);
    const moved = await startWebhookReceiver(301, { location: 'http://new.test/' });
    const config = { alertWebhookUrl: moved.url, variablePrefix: 'MCP_EXPORTER_' };
    const { end, pass } = await alerting(200, { logger, config });
    end('scan', 5, false);
    pass(10_000);
    await moved.message(0);
    const setting = 'MCP_EXPORTER_MONITORING_ALERT_WEBHOOK_URL';
    const reason = `HTTP status 301, redirects to new.test: set ${setting} to the final address`;
    await expect.poll(() => warn.mock.calls[0]?.[0]).toMatchObject({ reason });
  });

  test('the log names the webhook by its host alone', async () => {
    const logger = createLogger('silent');
    const warn = vi.spyOn(logger, 'warn').mockReturnValue(undefined);
    const { webhook, end, pass } = await alerting(500, { logger });
    end('scan', 5, false);
    pass(10_000);
    await webhook.message(1);
    expect(warn.mock.calls).toEqual([
      [{ host: new URL(webhook.url).host, reason: 'HTTP status 500' }, 'alert notifications not delivered'],
    ]);
  });
});

test('closing tries undelivered notifications once more, and sends nothing new', async () => {
  const { webhook, end, pass, exporter } = await alerting(503);
  end('scan', 5, false);
  pass(10_000);
  await webhook.message(0);
  const before = webhook.deliveries.length;
  webhook.become(200);
  end('fix', 5, false);
  await exporter.close();
  pass(MINUTE_MS);
  const after = webhook.deliveries.slice(before);
  expect(after.map(({ message }) => message.alerts.map(({ labels }) => labels['operation']))).toEqual([
    ['scan'],
  ]);
});
