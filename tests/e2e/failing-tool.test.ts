import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { expect, onTestFinished, test } from 'vitest';

import { startStack } from '../../scripts/stack/stack.ts';
import { CLI, forProxy, hub } from '../support/cli-process.ts';
import { startInstrumentedServer, writeInstrumentedServer } from '../support/instrumented-server.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

const FREE = { exporter: 0, feed: 0, prometheus: 0, alertmanager: 0, grafana: 0 };
const CALLS = 6;

async function failAll(transport: Transport): Promise<void> {
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  await client.listTools();
  for (let i = 0; i < CALLS; i++) {
    expect(await client.callTool({ name: 'fail' })).toMatchObject({ isError: true });
  }
}

test('a tool that fails on each of its first calls fires, in a watched server and behind a proxy', async () => {
  const webhook = await startWebhookReceiver();
  const { base } = await hub();
  const stack = await startStack({
    exporterUrl: base,
    ports: FREE,
    env: {
      PATH: process.env['PATH'],
      MONITORING_ALERTING_ENABLED: 'true',
      MONITORING_ALERT_WEBHOOK_URL: webhook.url,
    },
    scrapeInterval: '1s',
    evaluationInterval: '1s',
    groupWait: '1s',
    groupInterval: '1s',
    transformRules: ({ groups }) => ({
      groups: groups.map(({ rules, ...group }) => ({
        ...group,
        interval: '1s',
        rules: rules.map((rule) => (rule.for === undefined ? rule : { ...rule, for: '1s' })),
      })),
    }),
  });
  onTestFinished(() => stack.close());
  const { url } = await startInstrumentedServer(base, 'sessions');
  await failAll(new StreamableHTTPClientTransport(url));
  const own = { ...forProxy({ MONITORING_HUB_URL: base.href }), MONITORING_METRICS_ENABLED: 'false' };
  await failAll(
    new StdioClientTransport({
      command: process.execPath,
      args: [CLI, 'proxy', '--name', 'proxied', '--', process.execPath, writeInstrumentedServer()],
      env: { PATH: process.env['PATH'] ?? '', ...own },
      stderr: 'ignore',
    }),
  );
  const descriptions = () =>
    webhook.deliveries
      .flatMap(({ message }) => message.alerts)
      .filter(({ labels }) => labels['alertname'] === 'McpHighErrorRate')
      .map(({ annotations }) => annotations['description']);
  const expected = ['real', 'proxied'].map(
    (server) =>
      expect.stringMatching(`^6 of 6 calls of fail of ${server} failed in the last 5 minutes `) as string,
  );
  await expect.poll(descriptions, { timeout: 60_000 }).toEqual(expect.arrayContaining(expected));
});
