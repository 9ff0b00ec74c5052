import { spawn } from 'node:child_process';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';

import { expect, onTestFinished, test } from 'vitest';

import { proxyMcp } from '../../../src/exporter/proxy-mcp.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { TrafficObserver } from '../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../src/mcp/protocol/watched-server.ts';
import { ConversationEnd } from '../../../src/mcp/stdio/conversation-end.ts';
import { proxyStdio, spawnServer } from '../../../src/mcp/stdio/stdio-proxy.ts';
import { observeStdio } from '../../../src/mcp/stdio/stdio-watch.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { systemClock } from '../../../src/monitor/clock.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { HubReporter } from '../../../src/relay/hub-reporter.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { samplesOf, total } from '../../support/exposition.ts';
import { answer, call, event, json, messageOf, post, proxy, serve } from '../../support/proxied-http.ts';
import { runExporter } from '../../support/running-exporter.ts';

const SIZE = 'mcp_server_message_size_bytes';
const RESPONSES = {
  mcp_server_name: 'theirs',
  direction: 'server_to_client',
  mcp_method_name: 'tools/call',
};
const CANCEL = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } };
const ANSWER_BYTES = JSON.stringify(answer(1)).length;

/** A hub, and the sizes of responses that it knows. */
async function hub() {
  const { urls, get } = await runExporter();
  const value = async (name: string, labels: Record<string, string>) =>
    total(samplesOf((await get('/metrics')).text), name, labels);
  return { url: new URL('/', urls.metrics).href, value };
}

/** Answers the call of `now` at once, and a call of `later` only when it is cancelled. */
const STDIO_SERVER = `
  require('node:readline').createInterface(process.stdin).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    const answered = method === 'notifications/cancelled' ? params.requestId : params.name === 'now' ? id : undefined;
    if (answered) console.log(JSON.stringify({ jsonrpc: '2.0', id: answered, result: {} }));
  });
`;

test('a late response over stdio has its size in the metric, here and at the hub', async () => {
  const { url, value } = await hub();
  const sessions = new SessionRegistry();
  const collector = new MetricsCollector();
  sessions.subscribe(collector.onEvent);
  const config = { hubUrl: url, hubKey: undefined, variablePrefix: '' };
  const reporter = new HubReporter({ sessions, config, logger: createLogger('silent') });
  onTestFinished(() => reporter.close());
  const observer = new TrafficObserver({
    sessions,
    config: DEFAULT_CONFIG,
    clock: systemClock,
    server: new WatchedServer({ name: 'theirs' }),
    transport: 'pipe',
    mcpSessionId: () => undefined,
  });
  const args = ['-e', STDIO_SERVER];
  const { server, started } = spawnServer({ command: process.execPath, args, env: process.env, spawn });
  await started;
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const exited = proxyStdio({
    server,
    stdin,
    stdout,
    watch: observeStdio({ observer, sessions, serverName: 'theirs' }),
    ending: new ConversationEnd(() => 1),
  });
  for (const message of [call(1, 'now'), call(2, 'later'), CANCEL]) {
    stdin.write(`${JSON.stringify(message)}\n`);
  }
  const here = async (name: string) => total(samplesOf((await collector.expose()).body), name, RESPONSES);
  await expect.poll(() => here(`${SIZE}_count`)).toBe(2);
  expect(await here(`${SIZE}_sum`)).toBe(2 * ANSWER_BYTES);
  await expect.poll(() => value(`${SIZE}_count`, RESPONSES)).toBe(2);
  expect(await value(`${SIZE}_sum`, RESPONSES)).toBe(2 * ANSWER_BYTES);
  stdin.end();
  await exited;
});

/** A server like {@link STDIO_SERVER} over HTTP. The late response is on the stream of its call. */
async function serveLate() {
  let waiting: ServerResponse | undefined;
  const respond = (
    { id, method, params }: Awaited<ReturnType<typeof messageOf>>,
    response: ServerResponse,
  ) => {
    if (method === 'initialize') return json(response, answer(id), { 'mcp-session-id': 's-1' });
    if (method === 'notifications/cancelled') {
      waiting?.end(event(answer(2)));
      return response.writeHead(202).end();
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    if (params?.name === 'now') return response.end(event(answer(id)));
    waiting = response;
  };
  return serve((request, response) => void messageOf(request).then((message) => respond(message, response)));
}

async function cancelLate(url: URL): Promise<void> {
  const headers = { 'mcp-session-id': 's-1' };
  await (await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} })).text();
  await (await post(url, call(1, 'now'), headers)).text();
  const late = await post(url, call(2, 'later'), headers);
  await post(url, CANCEL, headers);
  expect(await late.text()).toBe(event(answer(2)));
}

test('a late response over HTTP has its size in the metric', async () => {
  const upstream = await serveLate();
  const { url, total: value } = await proxy(upstream.url);
  await cancelLate(url);
  await expect.poll(() => value(`${SIZE}_count`, RESPONSES)).toBe(2);
  expect(await value(`${SIZE}_sum`, RESPONSES)).toBe(2 * ANSWER_BYTES);
  expect(await value('mcp_server_cancellations_total', { reason: 'notification' })).toBe(1);
});

test('a late response over HTTP has its size in the metric of the hub', async () => {
  const upstream = await serveLate();
  const { url: hubUrl, value } = await hub();
  const { urls } = await runExporter({
    mcp: proxyMcp({ url: upstream.url, serverName: 'theirs' }),
    config: { hubUrl },
  });
  await cancelLate(new URL(urls.mcp ?? ''));
  await expect.poll(() => value(`${SIZE}_count`, RESPONSES)).toBe(2);
  expect(await value(`${SIZE}_sum`, RESPONSES)).toBe(2 * ANSWER_BYTES);
  expect(await value('mcp_server_cancellations_total', { reason: 'notification' })).toBe(1);
});
