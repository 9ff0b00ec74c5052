import { describe, expect, test } from 'vitest';

import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import type { Config } from '../../../src/settings/config.ts';
import type { McpRequest } from '../../../src/monitor/traffic-events.ts';
import { samplesOf, total } from '../../support/exposition.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function collecting(config: Partial<Config> = {}) {
  const clock = new FakeClock();
  const collector = new MetricsCollector({ clock, config });
  const sessions = new SessionRegistry({ clock });
  sessions.subscribe(collector.onEvent);
  return { clock, collector, sessions };
}

const textOf = async (collector: MetricsCollector) => (await collector.expose()).body;

describe('operations', () => {
  test('operations are counted and timed by how they ended', async () => {
    const { clock, collector, sessions } = collecting();
    const monitor = sessions.open('s');
    const [a, b, c] = [
      monitor.startMonitoring('scan'),
      monitor.startMonitoring('scan'),
      monitor.startMonitoring('scan'),
    ];
    clock.advance(6000);
    monitor.stopMonitoring(a);
    monitor.stopMonitoring(b, {}, false);
    monitor.cancelMonitoring(c);
    const text = await textOf(collector);
    for (const status of ['completed', 'failed', 'cancelled']) {
      const labels = `operation="scan",status="${status}"`;
      expect(text).toContain(`pipeline_operation_duration_seconds_count{${labels}} 1\n`);
      expect(text).toContain(`pipeline_operation_duration_seconds_sum{${labels}} 6\n`);
      expect(text).toContain(
        `pipeline_operation_last_completion_timestamp_seconds{${labels}} ${clock.now() / 1000}\n`,
      );
    }
    expect(text).toContain('pipeline_operations_started_total{operation="scan"} 3\n');
    // Without the cancelled one, which counts in no ratio.
    expect(text).toContain('pipeline_slow_operations_total{operation="scan"} 2\n');
  });

  test('failures of an operation are at 0 before the first one, so that rate() sees it', async () => {
    const { collector, sessions } = collecting();
    sessions.open('s').startMonitoring('scan');
    const text = await textOf(collector);
    expect(text).toContain('pipeline_operations_ended_total{operation="scan",status="failed"} 0\n');
    expect(text).toContain('pipeline_slow_operations_total{operation="scan"} 0\n');
  });

  test('active operations are counted, and the age of the oldest is exposed', async () => {
    const { clock, collector, sessions } = collecting();
    // The same explicit id in two sessions is two operations.
    const first = sessions.open('a').startMonitoring('scan', 'one');
    clock.advance(10_000);
    sessions.open('b').startMonitoring('scan', 'one');
    clock.advance(5000);
    expect(await textOf(collector)).toContain('pipeline_operations_active{operation="scan"} 2\n');
    expect(await textOf(collector)).toContain(
      'pipeline_operation_oldest_active_seconds{operation="scan"} 15\n',
    );
    sessions.open('a').stopMonitoring(first);
    expect(await textOf(collector)).toContain(
      'pipeline_operation_oldest_active_seconds{operation="scan"} 5\n',
    );
    sessions.open('b').stopMonitoring('one');
    expect(await textOf(collector)).toContain(
      'pipeline_operation_oldest_active_seconds{operation="scan"} 0\n',
    );
    expect(await textOf(collector)).toContain('pipeline_operations_active{operation="scan"} 0\n');
  });

  test('operations of ten thousand names make no more series than allowed, and each is counted', async () => {
    const { collector, sessions } = collecting({ maxSeries: 10_000 });
    const monitor = sessions.open('s');
    for (let i = 0; i < 10_000; i++) monitor.stopMonitoring(monitor.startMonitoring(`cycle_${i}`));
    const samples = samplesOf(await textOf(collector));
    expect(samples.filter(({ name }) => name.startsWith('pipeline_')).length).toBeLessThan(10_000);
    for (const metric of [
      'operations_started_total',
      'operations_ended_total',
      'operation_duration_seconds_count',
    ])
      expect(total(samples, `pipeline_${metric}`)).toBe(10_000);
    expect(total(samples, 'mcp_exporter_label_overflow_total', { label: 'operation' })).toBeGreaterThan(1000);
  });
});

test('the age of the oldest request in flight leaves out requests that only listen', async () => {
  const { clock, collector } = collecting();
  const connection = { serverName: 'warehouse', transport: 'tcp', protocolVersion: '2026-07-28' } as const;
  const start = (method: string) =>
    collector.onEvent({
      type: 'request_started',
      request: {
        connection,
        direction: 'client_to_server',
        method,
        toolName: '',
        promptName: '',
        trace: null,
      },
      sizeBytes: null,
    });
  start('subscriptions/listen');
  clock.advance(3_600_000);
  start('resources/read');
  clock.advance(5000);
  expect(await textOf(collector)).toContain(
    'mcp_server_oldest_in_flight_seconds{mcp_server_name="warehouse"} 5\n',
  );
});

describe('recordMetric', () => {
  test('recordMetric observes memory and CPU only if a caller reports them', async () => {
    const collector = new MetricsCollector();
    collector.recordMetric({ operationType: 'a', duration: 1, memoryUsage: 2 ** 20, cpuUsage: 0.4 });
    collector.recordMetric({ operationType: 'b', duration: 1 });
    const text = await textOf(collector);
    expect(text).toContain('pipeline_operation_memory_bytes_sum{operation="a"} 1048576\n');
    expect(text).toContain('pipeline_operation_cpu_seconds_sum{operation="a"} 0.4\n');
    expect(text).not.toContain('pipeline_operation_memory_bytes_sum{operation="b"}');
  });

  test('an error message makes a recorded metric a failure, and stays out of /metrics', async () => {
    const collector = new MetricsCollector();
    collector.recordMetric({ operationType: 'a', duration: 1, errorMessage: 'secret path' });
    const text = await textOf(collector);
    expect(text).toContain('pipeline_operation_duration_seconds_count{operation="a",status="failed"} 1\n');
    expect(text).not.toContain('secret path');
  });

  test.each([
    { operationType: '', duration: 1 },
    { operationType: 'a', duration: -1 },
    { operationType: 'a', duration: NaN },
    { operationType: 'a', duration: 1, memoryUsage: -1 },
    { operationType: 'a', duration: 1, cpuUsage: Infinity },
  ])('recordMetric refuses %j and counts nothing', async (metric) => {
    const collector = new MetricsCollector();
    expect(() => collector.recordMetric(metric)).toThrow(TypeError);
    expect(await textOf(collector)).not.toContain('pipeline_operation_duration_seconds_count{');
  });
});

test('/metrics exposes the thresholds that alert rules compare with', async () => {
  const config = { slowOperationSeconds: 2.5, highErrorRatePercent: 20 };
  const text = await textOf(new MetricsCollector({ config }));
  expect(text).toContain('pipeline_slow_operation_threshold_seconds 2.5\n');
  expect(text).toContain('pipeline_error_rate_threshold_ratio 0.2\n');
});

describe('what stands behind a proxy', () => {
  test('the upstream of a proxy is exposed as up or down for as long as the proxy watches it', async () => {
    const { collector, sessions } = collecting();
    const check = (isUp: boolean | null) =>
      sessions.publish({ type: 'upstream_checked', serverName: 'theirs', isUp, reason: '' });
    check(false);
    expect(await textOf(collector)).toContain('mcp_proxy_upstream_up{mcp_server_name="theirs"} 0\n');
    check(true);
    expect(await textOf(collector)).toContain('mcp_proxy_upstream_up{mcp_server_name="theirs"} 1\n');
    check(null);
    expect(await textOf(collector)).not.toContain('mcp_proxy_upstream_up{');
    check(true);
    expect(await textOf(collector)).toContain('mcp_proxy_upstream_up{mcp_server_name="theirs"} 1\n');
  });

  test('the exits of a proxy’s child are at 0 from its start, so that rate() sees the first one', async () => {
    const { collector, sessions } = collecting();
    sessions.publish({ type: 'child_started', serverName: 'theirs' });
    for (const reason of ['success', 'failure', 'signal']) {
      expect(await textOf(collector)).toContain(
        `mcp_proxy_child_exits_total{mcp_server_name="theirs",reason="${reason}"} 0\n`,
      );
    }
  });
});

describe('OpenMetrics', () => {
  const connection = { serverName: 'demo', transport: 'pipe', protocolVersion: '2025-11-25' } as const;
  const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const request = {
    connection,
    direction: 'client_to_server',
    method: 'ping',
    toolName: '',
    promptName: '',
    trace,
  } as const;

  test('OpenMetrics carries the trace of a request as an exemplar, the text format does not', async () => {
    const { collector, sessions } = collecting();
    sessions.publish({ type: 'request_started', request, sizeBytes: null });
    const end = {
      toolName: '',
      promptName: '',
      errorType: '',
      cancellation: null,
      unobserved: null,
      inputRequired: false,
      sizeBytes: null,
    };
    sessions.publish({ type: 'request_ended', request, durationSeconds: 0.3, ...end });
    const { body, contentType } = await collector.expose('openmetrics');
    expect(contentType).toMatch(/^application\/openmetrics-text/);
    expect(body).toMatch(
      /le="0\.5".*\} 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"\} 0\.3/,
    );
    const [, seconds] = /span_id="b7ad6b7169203331"\} 0\.3 (\S+)$/m.exec(body) ?? [];
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
    expect(body.endsWith('# EOF\n')).toBe(true);
    expect(await textOf(collector)).not.toContain('trace_id');
  });

  test('OpenMetrics has no exemplars if they are switched off', async () => {
    const { collector, sessions } = collecting({ hasExemplars: false });
    sessions.publish({ type: 'request_started', request, sizeBytes: null });
    const end = {
      toolName: '',
      promptName: '',
      errorType: '',
      cancellation: null,
      unobserved: null,
      inputRequired: false,
      sizeBytes: null,
    };
    sessions.publish({ type: 'request_ended', request, durationSeconds: 0.3, ...end });
    const { body } = await collector.expose('openmetrics');
    expect(body).toContain('mcp_server_operation_duration_seconds_count');
    expect(body).not.toContain('trace_id');
  });

  test('OpenMetrics keeps the metric names of the text format', async () => {
    const { collector, sessions } = collecting();
    sessions.open('s').startMonitoring('scan');
    const before = (await textOf(collector)).match(/^# TYPE .*/gm);
    const { body } = await collector.expose('openmetrics');
    expect(body).toContain('# TYPE pipeline_operations_started counter\n');
    expect(body).toContain('pipeline_operations_started_total{operation="scan"} 1\n');
    expect((await textOf(collector)).match(/^# TYPE .*/gm)).toEqual(before);
  });
});

test('sizes of messages are those of the side that sent them', async () => {
  const collector = new MetricsCollector();
  const connection = { serverName: 'demo', transport: 'pipe', protocolVersion: '' } as const;
  const requestOf = (direction: 'client_to_server' | 'server_to_client', method: string): McpRequest => ({
    connection,
    direction,
    method,
    toolName: '',
    promptName: '',
    trace: null,
  });
  const end = (request: McpRequest, sizeBytes: number) =>
    collector.onEvent({
      type: 'request_ended',
      request,
      toolName: '',
      promptName: '',
      durationSeconds: 1,
      errorType: '',
      cancellation: null,
      unobserved: null,
      inputRequired: false,
      sizeBytes,
    });
  const ping = requestOf('client_to_server', 'ping');
  const roots = requestOf('server_to_client', 'roots/list');
  collector.onEvent({ type: 'request_started', request: ping, sizeBytes: 10 });
  end(ping, 200);
  collector.onEvent({ type: 'request_started', request: roots, sizeBytes: 3000 });
  end(roots, 40_000);
  const method = 'notifications/message';
  collector.onEvent({
    type: 'notification',
    connection,
    direction: 'server_to_client',
    method,
    sizeBytes: 7,
  });
  collector.onEvent({
    type: 'notification',
    connection,
    direction: 'client_to_server',
    method,
    sizeBytes: null,
  });
  collector.onEvent({
    type: 'late_response',
    connection,
    direction: 'client_to_server',
    method: 'roots/list',
    sizeBytes: 500_000,
  });
  const samples = samplesOf((await collector.expose()).body);
  const sum = (direction: string, mcp_method_name: string) =>
    total(samples, 'mcp_server_message_size_bytes_sum', { direction, mcp_method_name });
  expect(sum('client_to_server', 'ping')).toBe(10);
  expect(sum('server_to_client', 'ping')).toBe(200);
  expect(sum('server_to_client', 'roots/list')).toBe(3000);
  expect(sum('client_to_server', 'roots/list')).toBe(540_000);
  expect(sum('server_to_client', method)).toBe(7);
  expect(total(samples, 'mcp_server_message_size_bytes_count')).toBe(6);
});
