import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';

import express from 'express';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { gateRequests } from '../../../src/http/gate-route.ts';
import { errorHandler } from '../../../src/http/http-error.ts';
import { reportRoutes } from '../../../src/http/report-routes.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { TrafficObserver } from '../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../src/mcp/protocol/watched-server.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { systemClock } from '../../../src/monitor/clock.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { createOutboundFetch } from '../../../src/outbound/outbound-fetch.ts';
import { HubIntake } from '../../../src/relay/hub-intake.ts';
import { HubReporter } from '../../../src/relay/hub-reporter.ts';
import { EXAMPLE } from '../../../src/relay/openapi.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { createGate } from '../../support/gates.ts';
import { samplesOf, total as totalOf } from '../../support/exposition.ts';
import { messageOf } from '../../support/json-rpc.ts';

const GAUGES = [
  'mcp_server_operations_in_flight',
  'mcp_server_sessions_active',
  'pipeline_operations_active',
  'mcp_exporter_reporters',
];

/** A hub that listens, with the names of the calls that ended at it. */
async function listen({ port = 0, apiKey }: { port?: number; apiKey?: string } = {}) {
  const sessions = new SessionRegistry();
  const collector = new MetricsCollector();
  const ended: string[] = [];
  sessions.subscribe(collector.onEvent);
  sessions.subscribe((event) => {
    if (event.type === 'operation' && event.kind === 'completed') ended.push(event.operationName);
  });
  const intake = new HubIntake({
    sessions,
    clock: systemClock,
    onReporters: (count) => collector.exporter.reporters(count),
    onEvents: (result, count) => collector.exporter.reportedEvents(result, count),
  });
  const app = express()
    .use(gateRequests(createGate({ apiKey }), { page: null, mcp: null, isMounted: false }))
    .use(
      '/api/v1',
      reportRoutes(intake, () => ({}), sessions.reportLimit),
    )
    .use(errorHandler(createLogger('silent')));
  const server = createServer(app).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const kill = () => {
    intake.close();
    sessions.stop();
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(kill);
  const address = server.address() as AddressInfo;
  return {
    sessions,
    ended,
    kill,
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    total: async (name: string, labels: Record<string, string> = {}) =>
      totalOf(samplesOf((await collector.expose()).body), name, labels),
  };
}

/** A proxy: an observed conversation, and a reporter that tells of it. */
function report(hubUrl: string, name: string, hubKey?: string) {
  const sessions = new SessionRegistry();
  const lines: { level: number; reason?: string }[] = [];
  const statuses: number[] = [];
  const reporter = new HubReporter({
    sessions,
    config: { hubUrl, hubKey, variablePrefix: '' },
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    fetch: async (...args) => {
      const response = await fetch(...args);
      statuses.push(response.status);
      return response;
    },
  });
  onTestFinished(() => reporter.close());
  const observer = new TrafficObserver({
    sessions,
    config: DEFAULT_CONFIG,
    clock: systemClock,
    server: new WatchedServer({ name, hasTool: () => true }),
    transport: 'pipe',
    mcpSessionId: () => undefined,
  });
  const client = (message: object) => observer.clientMessage(messageOf(message));
  const server = (message: object) => observer.serverMessage(messageOf(message));
  client({ id: 0, method: 'initialize', params: {} });
  server({ id: 0, result: { protocolVersion: '2025-11-25', serverInfo: { name, version: '1' } } });
  let calls = 0;
  return {
    lines,
    statuses,
    start: (tool: string) => {
      calls += 1;
      client({ id: calls, method: 'tools/call', params: { name: tool } });
      return calls;
    },
    answer: (id: number) => server({ id, result: {} }),
    /** @returns the names of `count` calls that were made and answered */
    call(from: number, count: number): string[] {
      const names = Array.from({ length: count }, (_, i) => `${name}-${from + i}`);
      for (const tool of names) this.answer(this.start(tool));
      return names;
    },
    async end() {
      observer.close();
      // The hub is in this process, so that it can take longer to answer than the 300 ms that a reporter gives it.
      await reporter.close(20_000);
    },
  };
}

describe('a hub that is killed and started again at its port', () => {
  test('a hub that is killed and restarted at its port counts every call once, and has nothing open in the end', async () => {
    const first = await listen();
    const proxies = [report(first.url, 'a'), report(first.url, 'b')];
    const open = proxies.map((proxy, i) => proxy.start(`open-${i}`));
    const early = proxies.flatMap((proxy) => proxy.call(0, 100));
    await expect.poll(() => first.ended.length).toBe(200);
    const midway = proxies.flatMap((proxy) => proxy.call(100, 50));
    first.kill();
    midway.push(...proxies.flatMap((proxy) => proxy.call(150, 50)));
    await expect.poll(() => proxies.every(({ lines }) => lines.some(({ level }) => level === 40))).toBe(true);

    const second = await listen({ port: first.port });
    const late = proxies.flatMap((proxy) => proxy.call(200, 50));
    await expect.poll(() => second.ended).toEqual(expect.arrayContaining(late));
    await expect.poll(() => second.total('mcp_server_sessions_active')).toBe(2);
    expect(await second.total('mcp_server_operations_in_flight')).toBe(2);
    expect(await second.total('mcp_server_info', { server_version: '1' })).toBe(2);

    for (const [i, proxy] of proxies.entries()) {
      proxy.answer(open[i] ?? 0);
      await proxy.end();
    }
    for (const { ended } of [first, second]) expect(new Set(ended).size).toBe(ended.length);
    const all = new Set([...first.ended, ...second.ended]);
    expect([...early, ...midway, ...late, 'open-0', 'open-1'].filter((name) => !all.has(name))).toEqual([]);
    expect(await second.total('mcp_exporter_reported_events_total', { result: 'lost' })).toBe(0);
    for (const gauge of GAUGES) expect(await second.total(gauge)).toBe(0);
  });
});

describe('a flood', () => {
  test('a reporter that is refused during a flood waits, and loses nothing', async () => {
    const hub = await listen();
    const proxy = report(hub.url, 'a');
    const ask = async () => {
      const response = await fetch(new URL('/api/v1/report', hub.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"reporter_id":"flood","events":[]}',
      });
      await response.arrayBuffer();
    };
    // Few at a time: the reporter is to be refused, and not to wait so long for it that the hub seems away.
    const flood = async () => {
      for (let i = 0; i < 16; i++) await Promise.all(Array.from({ length: 20 }, ask));
    };
    // A second that lasts for as long as the flood does, however slow this machine is.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const called: string[] = [];
    while (!proxy.statuses.includes(429)) {
      called.push(...proxy.call(called.length, 5));
      await flood();
    }
    vi.useRealTimers();
    await expect.poll(() => hub.ended.length).toBe(called.length);
    expect(hub.ended.toSorted()).toEqual(called.toSorted());
    expect(proxy.lines).toEqual([]);
    await proxy.end();
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'lost' })).toBe(0);
  });
});

/** A hub in another thread, which answers while this one is stalled. */
async function hubInThread() {
  const answers = new Int32Array(new SharedArrayBuffer(4));
  const hub = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    const server = require('node:http').createServer((request, response) => {
      response.on('finish', () => {
        Atomics.add(workerData, 0, 1);
        Atomics.notify(workerData, 0);
      });
      request.resume().on('end', () => response.end('{"boot_id":"boot"}'));
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: answers },
  );
  onTestFinished(async () => void (await hub.terminate()));
  const [port] = (await once(hub, 'message')) as [number];
  return { url: `http://127.0.0.1:${port}`, answers };
}

describe('a reporter', () => {
  test('a reporter that stalls as it closes still reads that the hub has taken its last report', async () => {
    const sessions = new SessionRegistry();
    const lines: string[] = [];
    const fetchInBackground = createOutboundFetch({ keepAlive: true, isBackground: true });
    const { url, answers } = await hubInThread();
    let read = 0;
    const reporter = new HubReporter({
      sessions,
      config: { hubUrl: url, hubKey: undefined, variablePrefix: '' },
      logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
      fetch: async (...args) => {
        const response = await fetchInBackground(...args);
        read += 1;
        return response;
      },
    });
    // Once there is a connection, a report is written in the turn of the event loop in which it is made.
    await expect.poll(() => read).toBe(1);
    sessions.publish({ type: 'files_scanned', files: 1 });
    const closing = reporter.close(200);
    setImmediate(() => {
      // Until the hub has answered, and the time is over.
      Atomics.wait(answers, 0, 1, 10_000);
      Atomics.wait(answers, 0, 2, 300);
    });
    await closing;
    expect(answers[0]).toBe(2);
    expect(lines).toEqual([]);
  });

  test('a reporter with the wrong key reports nothing, and logs it once', async () => {
    const hub = await listen({ apiKey: 'right' });
    const wrong = report(hub.url, 'a', 'wrong');
    wrong.call(0, 3);
    await expect
      .poll(() => wrong.lines)
      .toMatchObject([{ level: 50, reason: expect.stringContaining('key') }]);
    await wrong.end();
    expect(hub.ended).toEqual([]);
    const right = report(hub.url, 'a', 'right');
    right.call(0, 3);
    await right.end();
    expect(hub.ended).toHaveLength(3);
  });

  test('the example of the documentation is a complete report', async () => {
    const hub = await listen();
    const response = await fetch(new URL('/api/v1/report', hub.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(EXAMPLE),
    });
    expect(response.status).toBe(200);
    expect(hub.ended).toEqual(['import']);
    for (const gauge of GAUGES) expect(await hub.total(gauge)).toBe(0);
  });
});

describe('a body that cannot be read', () => {
  test.each([
    ['is in a charset of its own', { 'content-type': 'application/json; charset=klingon' }, '{}', 415],
    ['is packed in a way of its own', { 'content-encoding': 'origami' }, '{}', 415],
    ['is not what it says it is packed in', { 'content-encoding': 'gzip' }, '{}', 400],
    ['is a number', {}, '7', 400],
    ['is not there', {}, '', 400],
  ])('a body that %s is a client error, not a server error', async (_title, headers, body, status) => {
    const hub = await listen();
    const response = await fetch(new URL('/api/v1/report', hub.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === '' ? undefined : { body }),
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: expect.any(String) } });
  });
});
