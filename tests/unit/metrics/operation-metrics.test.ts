import { describe, expect, test } from 'vitest';

import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import type { OperationEvent } from '../../../src/monitor/events.ts';
import { samplesOf } from '../../support/exposition.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** @param servers - the server of each session */
function counting(servers: Record<string, string> = {}) {
  const clock = new FakeClock();
  const collector = new MetricsCollector({ clock, serverOf: (sessionId) => servers[sessionId] ?? null });
  return {
    clock,
    collector,
    by: async (label: string, metric: string) =>
      Object.fromEntries(
        samplesOf((await collector.expose()).body)
          .filter(({ name }) => name === `pipeline_${metric}`)
          .map(({ labels, value }) => [labels[label] ?? '', value]),
      ),
  };
}

function operation(clock: FakeClock, given: Partial<OperationEvent> = {}): OperationEvent {
  return {
    type: 'operation',
    kind: 'started',
    sessionId: 's',
    operationId: 'o',
    parentId: null,
    operationName: 'scan',
    status: 'started',
    progress: 0,
    timestampMs: clock.now(),
    ...given,
  };
}

test('an operation is slow if it took longer than the threshold, not as long', async () => {
  const { collector, by } = counting();
  for (const duration of [5, 5.001, 60]) collector.recordMetric({ operationType: 'scan', duration });
  expect(await by('operation', 'slow_operations_total')).toEqual({ scan: 2 });
});

test('operations that may hang are counted until they make progress or end', async () => {
  const { clock, collector, by } = counting({ s: 'shop' });
  collector.onEvent(operation(clock));
  expect(await by('operation', 'operations_stalled')).toEqual({});
  clock.advance(31_000);
  expect(await by('mcp_server_name', 'operations_stalled')).toEqual({ shop: 1 });
  collector.onEvent(operation(clock, { kind: 'progressed', status: 'running', progress: 50 }));
  expect(await by('operation', 'operations_stalled')).toEqual({ scan: 0 });
  clock.advance(31_000);
  expect(await by('operation', 'operations_stalled')).toEqual({ scan: 1 });
  collector.onEvent(operation(clock, { kind: 'completed', status: 'completed', duration: 62 }));
  expect(await by('operation', 'operations_stalled')).toEqual({ scan: 0 });
});

test('what an operation reports of its progress changes no metric', async () => {
  const { clock, collector } = counting();
  collector.onEvent(operation(clock));
  const { body } = await collector.expose();
  collector.onEvent(operation(clock, { kind: 'progressed', status: 'running', progress: 50 }));
  const withoutScrape = (text: string) => text.replaceAll(/^mcp_exporter_.*$/gm, '');
  expect(withoutScrape((await collector.expose()).body)).toBe(withoutScrape(body));
});

test('an operation that started elsewhere is as old as its start says, and never younger than nothing', async () => {
  const { clock, collector, by } = counting();
  collector.onEvent(operation(clock, { operationName: 'old', timestampMs: clock.now() - 30_000 }));
  // By a clock that is ahead.
  collector.onEvent(
    operation(clock, { operationId: 'p', operationName: 'new', timestampMs: clock.now() + 30_000 }),
  );
  expect(await by('operation', 'operation_oldest_active_seconds')).toEqual({ old: 30, new: 0 });
});

test('what one operation does leaves the series of another as they are', async () => {
  const { clock, collector, by } = counting();
  collector.onEvent(operation(clock, { operationName: 'fix' }));
  collector.onEvent(operation(clock, { operationId: 'p' }));
  collector.onEvent(operation(clock, { operationId: 'q' }));
  expect(await by('operation', 'operations_started_total')).toEqual({ fix: 1, scan: 2 });
  expect(await by('operation', 'operations_active')).toEqual({ fix: 1, scan: 2 });
  clock.advance(9000);
  collector.onEvent(operation(clock, { operationId: 'p', kind: 'completed', duration: 9 }));
  expect(await by('operation', 'operations_active')).toEqual({ fix: 1, scan: 1 });
  expect(await by('operation', 'slow_operations_total')).toEqual({ fix: 0, scan: 1 });
  expect(await by('operation', 'operation_last_completion_timestamp_seconds')).toEqual({
    scan: clock.now() / 1000,
  });
  for (const operationType of ['fix', 'scan']) {
    const memoryUsage = operationType === 'fix' ? 10 : 1000;
    collector.recordMetric({ operationType, duration: 1, memoryUsage, cpuUsage: memoryUsage / 10 });
  }
  expect(await by('operation', 'operation_memory_bytes_sum')).toEqual({ fix: 10, scan: 1000 });
  expect(await by('operation', 'operation_cpu_seconds_sum')).toEqual({ fix: 1, scan: 100 });
});

test('an end whose start was not seen is timed, and leaves the active ones as they are', async () => {
  const { clock, collector, by } = counting();
  collector.onEvent(operation(clock));
  collector.onEvent(operation(clock, { kind: 'completed', operationId: 'other', duration: 2 }));
  expect(await by('operation', 'operations_active')).toEqual({ scan: 1 });
  expect(await by('status', 'operation_duration_seconds_sum')).toEqual({ completed: 2 });
  expect(await by('status', 'operations_ended_total')).toMatchObject({ completed: 1, failed: 0 });
});

describe('the server of an operation', () => {
  const SERVER = 'mcp_server_name';

  test('is that of its session in all its series, so that two servers may have an operation of one name', async () => {
    const { clock, collector, by } = counting({ a: 'shop', b: 'store' });
    for (const sessionId of ['a', 'b', 'b', 'none']) {
      const started = { sessionId, operationId: sessionId };
      collector.onEvent(operation(clock, started));
      clock.advance(6000);
      collector.onEvent(operation(clock, { ...started, kind: 'failed', duration: 6 }));
    }
    collector.onEvent(operation(clock, { sessionId: 'b', operationId: 'active' }));
    clock.advance(1000);
    const each = { shop: 1, store: 2, '': 1 };
    expect(await by(SERVER, 'operations_started_total')).toEqual({ ...each, store: 3 });
    expect(await by(SERVER, 'operation_duration_seconds_count')).toEqual(each);
    expect(await by(SERVER, 'slow_operations_total')).toEqual(each);
    expect(await by(SERVER, 'operations_active')).toEqual({ shop: 0, store: 1, '': 0 });
    expect(await by(SERVER, 'operation_oldest_active_seconds')).toEqual({ shop: 0, store: 1, '': 0 });
    expect(await by(SERVER, 'operation_last_completion_timestamp_seconds')).toMatchObject({
      shop: clock.now() / 1000 - 19,
    });
  });

  test('is the one that it started with, also if its session is unknown when it ends', async () => {
    const servers: Record<string, string> = { s: 'shop' };
    const { clock, collector, by } = counting(servers);
    collector.onEvent(operation(clock));
    delete servers['s'];
    collector.onEvent(operation(clock, { kind: 'completed', duration: 1 }));
    expect(await by(SERVER, 'operations_active')).toEqual({ shop: 0 });
    expect(await by(SERVER, 'operation_duration_seconds_count')).toEqual({ shop: 1 });
  });

  test('is missing for a single operation that a program records', async () => {
    const { collector, by } = counting({ s: 'shop' });
    collector.recordMetric({ operationType: 'import', duration: 1, memoryUsage: 1 });
    expect(await by(SERVER, 'operations_ended_total')).toEqual({ '': 0 });
    expect(await by(SERVER, 'operation_memory_bytes_count')).toEqual({ '': 1 });
  });
});

test('an operation’s ends are counted by outcome, and all outcomes are at 0 from its start', async () => {
  const { clock, collector, by } = counting();
  collector.onEvent(operation(clock));
  const none = { completed: 0, failed: 0, cancelled: 0, unobserved: 0 };
  expect(await by('status', 'operations_ended_total')).toEqual(none);
  expect(await by('status', 'operation_duration_seconds_count')).toEqual({});
  for (const kind of ['failed', 'failed', 'cancelled'] as const) {
    collector.onEvent(operation(clock, { kind, duration: 1 }));
  }
  expect(await by('status', 'operations_ended_total')).toEqual({ ...none, failed: 2, cancelled: 1 });
});

test('an end without a duration took no time', async () => {
  const { clock, collector, by } = counting();
  collector.onEvent(operation(clock, { kind: 'failed' }));
  expect(await by('status', 'operation_duration_seconds_sum')).toMatchObject({ failed: 0 });
  expect(await by('status', 'operation_duration_seconds_count')).toMatchObject({ failed: 1 });
});

test('the pipeline’s files, issues and fixes are added up, and at 0 from the start', async () => {
  const { collector, by } = counting();
  expect(await by('', 'scan_files_total')).toEqual({ '': 0 });
  expect(await by('severity', 'scan_issues_total')).toEqual({ error: 0, warning: 0 });
  expect(await by('result', 'fixes_total')).toEqual({ applied: 0, failed: 0 });
  for (let times = 0; times < 2; times++) {
    collector.onEvent({ type: 'files_scanned', files: 3 });
    collector.onEvent({ type: 'issues_found', errors: 4, warnings: 5 });
    collector.onEvent({ type: 'fixes_tried', applied: 6, failed: 7 });
  }
  expect(await by('', 'scan_files_total')).toEqual({ '': 6 });
  expect(await by('severity', 'scan_issues_total')).toEqual({ error: 8, warning: 10 });
  expect(await by('result', 'fixes_total')).toEqual({ applied: 12, failed: 14 });
});

test('an event of a session changes no metric', async () => {
  const { collector } = counting();
  const { body } = await collector.expose();
  collector.onEvent({ type: 'session', kind: 'closed', session: {} as never });
  const withoutScrape = (text: string) => text.replaceAll(/^mcp_exporter_.*$/gm, '');
  expect(withoutScrape((await collector.expose()).body)).toBe(withoutScrape(body));
});

test('an operation that starts again is active once, and no operation is active in the end', async () => {
  const { clock, collector, by } = counting();
  collector.onEvent(operation(clock));
  collector.onEvent(operation(clock));
  expect(await by('operation', 'operations_active')).toEqual({ scan: 1 });
  for (let i = 0; i < 2; i++) {
    collector.onEvent(operation(clock, { kind: 'completed', status: 'completed', duration: 1 }));
  }
  expect(await by('operation', 'operations_active')).toEqual({ scan: 0 });
});
