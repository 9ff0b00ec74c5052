import { expect, test } from 'vitest';

import { FLAKY_TOOL } from '../support/mixed-workload.ts';
import { GRAFANA_URL, runStack } from '../support/running-stack.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

const ALERT = 'McpHighErrorRate';

test('a tool that fails makes an alert pending, then firing, then a message, and resolves it when it is well', async () => {
  const webhook = await startWebhookReceiver();
  const { workload, stack, alertState } = await runStack({ webhookUrl: webhook.url });
  await workload.round();
  const states: string[] = [];
  const seen = async (): Promise<readonly string[]> => {
    const state = await alertState(ALERT, FLAKY_TOOL);
    if (state !== states.at(-1)) states.push(state);
    return states;
  };
  const toldOf = (status: 'firing' | 'resolved') =>
    webhook.deliveries
      .flatMap(({ message }) => message.alerts)
      .find(({ labels, ...alert }) => {
        return alert.status === status && labels['alertname'] === ALERT && labels['operation'] === FLAKY_TOOL;
      });

  await workload.reserve(3, false);
  expect(await seen()).toEqual(['inactive']);

  // More at each look: the first of a kind that Prometheus sees is where it starts to count.
  await expect
    .poll(
      async () => {
        await workload.reserve(20, true);
        return seen();
      },
      { timeout: 60_000, interval: 250 },
    )
    .toEqual(['inactive', 'pending', 'firing']);
  await expect.poll(() => toldOf('firing'), { timeout: 30_000 }).toBeDefined();
  const { annotations } = toldOf('firing') ?? {};
  expect(annotations).toMatchObject({
    description: expect.stringMatching(
      /^(\d+) of \d+ calls of reserve of \S+ failed in the last 5 minutes \(/,
    ) as string,
    live_url: expect.stringContaining('?name=reserve&status=failed&server=') as string,
    runbook_url: `${stack.urls.page}runbooks#${ALERT}`,
    dashboard_url: `${GRAFANA_URL}/d/mcp-pipeline?viewPanel=4&var-job=mcp-exporter&var-operation=reserve`,
  });

  await expect
    .poll(
      async () => {
        await workload.reserve(1000, false);
        return seen();
      },
      { timeout: 60_000, interval: 250 },
    )
    .toEqual(['inactive', 'pending', 'firing', 'inactive']);
  await expect.poll(() => toldOf('resolved'), { timeout: 30_000 }).toBeDefined();
});
