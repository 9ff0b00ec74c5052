import { describe, expect, test, vi } from 'vitest';

import { runInSmallHeap } from '../../../support/small-heap.ts';

// Each program keeps, or would keep, hundreds of megabytes; its heap has less. So it is the process that says whether
// what is kept of the traffic is bounded.

// Collecting garbage in a small heap takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const OBSERVING = `
  import { HttpConnection } from './src/mcp/http/http-connection.ts';
  import { TrafficObserver } from './src/mcp/protocol/traffic-observer.ts';
  import { WatchedServer } from './src/mcp/protocol/watched-server.ts';
  import { readMessage } from './src/mcp/wire/json-rpc.ts';
  import { EventLog } from './src/feed/event-log.ts';
  import { MetricsCollector } from './src/metrics/metrics-collector.ts';
  import { systemClock as clock } from './src/monitor/clock.ts';
  import { SessionRegistry } from './src/monitor/session-registry.ts';
  import { DEFAULT_CONFIG } from './src/settings/config.ts';
  import { operationToWire } from './src/wire-format/wire-format.ts';

  const sessions = new SessionRegistry();
  const collector = new MetricsCollector();
  const log = new EventLog({ capacity: 10_000, redactor: sessions.redactor });
  sessions.subscribe(collector.onEvent);
  sessions.subscribe((event) => { if (event.type === 'operation') log.append(event); });
  const observing = (hasTool) => new TrafficObserver({
    sessions, clock, server: new WatchedServer({ name: 'demo', hasTool }), transport: 'pipe',
    config: DEFAULT_CONFIG, mcpSessionId: () => undefined,
  });
  const observer = observing(() => null);
  const long = (i) => JSON.parse('"' + String(i).padStart(8, '0') + 'x'.repeat(1_000_000) + '"');
  const request = (id, method, params = {}) => observer.clientMessage(readMessage({ jsonrpc: '2.0', id, method, params }));
  const notify = (method, params) => observer.clientMessage(readMessage({ jsonrpc: '2.0', method, params }));
  const answer = (id, result) => observer.serverMessage(readMessage({ jsonrpc: '2.0', id, result }));
  const error = (id, message) => observer.serverMessage(readMessage({ jsonrpc: '2.0', id, error: { code: -32000, message } }));
`;

describe('400 texts of 1 MB each fit into a heap of 100 MB, as', () => {
  test.each<[string, string, number?]>([
    ['names of tools that nobody knows', 'request(i, "tools/call", { name: long(i) })'],
    [
      'names of tools whose calls succeed',
      'request(i, "tools/call", { name: long(i) }); answer(i, { content: [] })',
    ],
    ['names in a list of tools', 'request(i, "tools/list"); answer(i, { tools: [{ name: long(i) }] })'],
    ['names of prompts', 'request(i, "prompts/get", { name: long(i) }); answer(i, {})'],
    ['ids of requests', 'request(long(i), "tools/call", { name: "a" })'],
    [
      'ids of cancelled requests',
      'request(long(i), "ping"); notify("notifications/cancelled", { requestId: long(i) })',
    ],
    [
      'reasons to cancel',
      'request(i, "tools/call", { name: "a" }); notify("notifications/cancelled", { requestId: i, reason: long(i) })',
    ],
    ['progress tokens', 'request(i, "tools/call", { name: "a", _meta: { progressToken: long(i) } })'],
    ['arguments', 'request(i, "tools/call", { name: "a", arguments: { text: long(i) } })'],
    ['methods', 'request(i, long(i))'],
    ['errors', 'request(i, "tools/call", { name: "a" }); error(i, long(i))'],
    [
      'errors of tools',
      'request(i, "tools/call", { name: "a" }); answer(i, { isError: true, content: [{ type: "text", text: long(i) }] })',
    ],
    ['subscriptions', 'request(i, "resources/subscribe", { uri: long(i) }); answer(i, {})'],
    [
      'tasks',
      'request(i, "tools/call", { name: "a" }); answer(i, { task: { taskId: long(i), status: "working" } })',
    ],
    ['versions of servers', 'request(i, "initialize"); answer(i, { serverInfo: { version: long(i) } })'],
    ['protocol versions', 'request(i, "initialize"); answer(i, { protocolVersion: long(i) })'],
    [
      'operations and their sessions, details and errors',
      `const monitor = sessions.open(long(i), long(i));
       const id = monitor.startMonitoring(long(i), long(i), { [long(i)]: 1, text: long(i) });
       monitor.updateProgress(id, 1, { more: [long(i)] });
       monitor.stopMonitoring(id, { error: long(i) }, false)`,
      // Each has seven such texts.
      100,
    ],
  ])('400 texts of 1 MB fit into a heap of 100 MB as %s', (_, each, count = 400) => {
    const answer = runInSmallHeap(
      `${OBSERVING}
      for (let i = 0; i < ${count}; i++) { ${each}; }
      report({ calls: ${count} });`,
      100,
    );
    expect(answer).toEqual({ calls: count });
  });

  test('400 texts of 1 MB fit into a heap of 100 MB as texts that ids of events are parts of', () => {
    const answer = runInSmallHeap(
      `${OBSERVING}
      const connection = new HttpConnection(() => observer, '', sessions.allowance('stream_events_total'));
      for (let i = 0; i < 400; i++) connection.isNewEvent(('event number ' + long(i)).slice(0, 30));
      report({ remembered: !connection.isNewEvent('event number 00000399xxxxxxxxx') });`,
      100,
    );
    expect(answer).toEqual({ remembered: true });
  });
});

describe('a hundred times as many calls as are followed, never answered', () => {
  const PROGRAM = `${OBSERVING}
    const counts = { unobserved: 0, operations: 0, ended: 0, transportErrors: 0 };
    sessions.subscribe(({ type, kind, errorType, unobserved }) => {
      if (type === 'request_ended' && unobserved === 'not_followed') counts.unobserved += 1;
      if (type === 'request_ended' && errorType === '') counts.ended += 1;
      if (type === 'operation' && kind === 'unobserved') counts.operations += 1;
      if (type === 'transport_error') counts.transportErrors += 1;
    });
    const valueOf = async (series) => {
      const lines = (await collector.registry.metrics()).split('\\n').filter((line) => line.startsWith(series));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const params = { name: 'a', arguments: { text: 'x'.repeat(1000) } };
    for (let i = 0; i < 100_000; i++) request(i, 'tools/call', { ...params, arguments: { ...params.arguments, i } });
    const before = { ...counts, inFlight: await valueOf('mcp_server_operations_in_flight') };
    const limit = await valueOf('mcp_exporter_limit_reached_total{limit="requests_per_connection"}');
    for (let i = 0; i < 100_000; i++) answer(i, { content: [] });
    const count = 'mcp_server_operation_duration_seconds_count{mcp_server_name="demo",mcp_method_name="tools/call"';
    report({ before, limit, after: counts, durations: await valueOf(count), inFlight: await valueOf('mcp_server_operations_in_flight') });
  `.replace('() => undefined,\n  });', '() => undefined, maxRequests: 1000,\n  });');

  test('a hundred times as many calls as are followed take the memory of those that are; late answers are neither unknown nor failures', () => {
    expect(runInSmallHeap(PROGRAM, 60)).toEqual({
      before: { unobserved: 99_000, operations: 99_000, ended: 0, transportErrors: 0, inFlight: 1000 },
      limit: 99_000,
      after: { unobserved: 99_000, operations: 99_000, ended: 1000, transportErrors: 0 },
      durations: 100_000,
      inFlight: 0,
    });
  });
});
