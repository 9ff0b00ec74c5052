import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';

import { serve } from '../support/cli-process.ts';
import { createLintedWorkspace } from '../support/linted-workspace.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

const messagesOf = (stderr: string) =>
  stderr
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** The program, posting to `webhookUrl`, with a tool that has failed too often, and too slowly. */
async function serveTrouble(webhookUrl: string) {
  const program = await serve(['--workspace', createLintedWorkspace(1)], {
    MONITORING_ALERTING_ENABLED: 'true',
    MONITORING_ALERT_WEBHOOK_URL: webhookUrl,
    SLOW_OPERATION_THRESHOLD: '0.00001',
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL('mcp', program.base)));
  await client.callTool({ name: 'version_keeper_scan', arguments: {} });
  for (let i = 0; i < 5; i++) {
    await client.callTool({ name: 'version_keeper_scan', arguments: { target_files: ['../outside'] } });
  }
  await client.close();
  return program;
}

test('the program posts alerts by itself, and says so', async () => {
  const webhook = await startWebhookReceiver();
  const { base, child, ended } = await serveTrouble(webhook.url);
  const alerts = [await webhook.message(0), await webhook.message(1)].flatMap((message) => message.alerts);
  expect(alerts).toContainEqual(
    expect.objectContaining({
      labels: {
        alertname: 'McpHighErrorRate',
        instance: base.host,
        job: 'mcp-exporter',
        mcp_server_name: 'mcp-exporter-pipeline',
        operation: 'version_keeper_scan',
        severity: 'warning',
      },
    }),
  );
  expect(alerts.map(({ labels }) => labels['alertname'])).toContain('McpSlowOperations');
  child.kill('SIGTERM');
  const { stderr } = await ended;
  expect(messagesOf(stderr)).toContain('this exporter posts alerts, PROMETHEUS_URL is not set');
});

test('a webhook that hangs does not hold the program, which never tells its URL', async () => {
  const webhook = await startWebhookReceiver('nothing');
  const { child, ended } = await serveTrouble(webhook.url);
  await webhook.message(0);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(messagesOf(stderr)).not.toContain('shutdown timed out');
  expect(stderr).not.toContain('s3cret');
});

test('with a Prometheus, the program leaves alerts to it, and says so', async () => {
  const { child, ended } = await serve([], {
    MONITORING_ALERTING_ENABLED: 'true',
    MONITORING_ALERT_WEBHOOK_URL: 'http://127.0.0.1:1/s3cret',
    PROMETHEUS_URL: 'http://127.0.0.1:1/',
  });
  child.kill('SIGTERM');
  expect(messagesOf((await ended).stderr)).toContain('Alertmanager posts alerts, PROMETHEUS_URL is set');
});

test('a process that has nothing else to do does not wait for a webhook', async () => {
  const webhook = await startWebhookReceiver('nothing');
  const program = `
    import { createWebhookPost } from './src/alerting/webhook-post.ts';
    void createWebhookPost(${JSON.stringify(webhook.url)}, 'test')('{}', new AbortController().signal);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(webhook.deliveries).toHaveLength(1);
});
