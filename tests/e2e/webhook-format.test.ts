import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import type { WebhookMessage } from '../../src/alerting/webhook-message.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { runExporter } from '../support/running-exporter.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

const MINUTE_MS = 60_000;

// Only what evaluates: sockets and time-outs are real.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  return () => vi.useRealTimers();
});

/** A real Alertmanager with the shipped configuration, which posts to `webhookUrl` without waiting long. */
async function startAlertmanager(webhookUrl: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  const shipped = readFileSync(new URL('../../prometheus/alertmanager.yml', import.meta.url), 'utf8');
  const configuration = Object.entries({
    'http://webhook.invalid/': webhookUrl,
    'group_wait: 10s': 'group_wait: 0s',
    'group_interval: 5m': 'group_interval: 1s',
  }).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  }, shipped);
  const file = join(directory, 'alertmanager.yml');
  writeFileSync(file, configuration);
  const args = [
    `--config.file=${file}`,
    `--storage.path=${directory}`,
    '--web.listen-address=127.0.0.1:0',
    '--cluster.listen-address=',
  ];
  const child = spawn('prometheus-alertmanager', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(async () => {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
    rmSync(directory, { recursive: true, force: true });
  });
  let said = '';
  for await (const line of createInterface(child.stderr)) {
    said += `${line}\n`;
    const [, address] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
    if (address !== undefined) {
      // It must go on being read, or Alertmanager waits for a reader.
      child.stderr.resume();
      return `http://${address}`;
    }
  }
  throw new Error(`Alertmanager did not start:\n${said}`);
}

async function exporterPostingTo(alertWebhookUrl: string) {
  // In the past: Alertmanager believes an end only when it is over. With milliseconds that it writes as they are: of
  // .050 it makes .05.
  const anHourAgo = new Date(Date.now() - 60 * MINUTE_MS);
  anHourAgo.setUTCMilliseconds(123);
  const clock = new FakeClock(anHourAgo.toISOString());
  const grafanaUrl = 'http://127.0.0.1:3002/';
  const { exporter } = await runExporter({
    clock,
    config: { isAlertingEnabled: true, alertWebhookUrl, grafanaUrl },
  });
  const monitor = exporter.sessions.open('s');
  return {
    fail: (operation: string) => {
      for (let i = 0; i < 5; i++) monitor.stopMonitoring(monitor.startMonitoring(operation), {}, false);
    },
    passMinute: () => {
      clock.advance(MINUTE_MS);
      vi.advanceTimersByTime(MINUTE_MS);
    },
  };
}

/** Tells Alertmanager of the alerts of `message` as a Prometheus would. */
async function tellAlertmanager(url: string, { alerts }: WebhookMessage): Promise<void> {
  const told = alerts.map(({ status, labels, annotations, startsAt, endsAt, generatorURL }) => ({
    labels,
    annotations,
    startsAt,
    generatorURL,
    ...(status === 'resolved' ? { endsAt } : undefined),
  }));
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers,
    body: JSON.stringify(told),
  });
  expect(response.status).toBe(200);
}

test('the exporter posts what Alertmanager posts of the same alerts, field by field', async () => {
  const ours = await startWebhookReceiver();
  const theirs = await startWebhookReceiver();
  const alertmanager = await startAlertmanager(theirs.url);
  const { fail, passMinute } = await exporterPostingTo(ours.url);
  const compare = async (index: number) => {
    const message = await ours.message(index);
    await tellAlertmanager(alertmanager, message);
    // It may tell of the first of several alerts before it has heard of the others.
    const externalURL = expect.stringMatching(/^http:\/\/[^/]+:\d+$/) as string;
    await expect.poll(() => theirs.deliveries.at(-1)?.message).toEqual({ ...message, externalURL });
    expect(message).toMatchObject({ externalURL });
    return message.alerts.map(({ status, labels }) => `${labels['operation']} ${status}`);
  };

  fail('scan');
  fail('ünï "q" \\ x');
  passMinute();
  expect(await compare(0)).toEqual(['scan firing', 'ünï "q" \\ x firing']);

  for (let minute = 0; minute < 12; minute++) {
    fail('scan');
    passMinute();
  }
  expect(await compare(1)).toEqual(['scan firing', 'ünï "q" \\ x resolved']);

  for (let minute = 0; minute < 12; minute++) passMinute();
  expect(await compare(2)).toEqual(['scan resolved']);
  expect(ours.deliveries).toHaveLength(3);

  const contentTypes = [ours, theirs].map(({ deliveries }) => deliveries[0]?.headers['content-type']);
  expect(contentTypes).toEqual(['application/json', 'application/json']);
});
