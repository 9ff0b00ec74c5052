import { describe, expect, test } from 'vitest';

import { History } from '../../../src/history/history.ts';
import { InstrumentFactory } from '../../../src/metrics/instrument-factory.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { createStandingHub } from '../relay/standing-hub.ts';
import { ODD_NAMES } from '../../support/odd-names.ts';
import { parseStrictly } from '../../support/strict-exposition.ts';

const sumOf = (text: string, name: string) =>
  parseStrictly(text)
    .filter((series) => series.name === name)
    .reduce((sum, { value }) => sum + Number(value), 0);

describe('names in /metrics', () => {
  test('for any operation names, a strict reader of /metrics finds each series once, and all counts', async () => {
    const collector = new MetricsCollector();
    const sessions = new SessionRegistry();
    const history = new History();
    sessions.subscribe(collector.onEvent);
    sessions.subscribe(history.onEvent);
    for (const name of ODD_NAMES) {
      const monitor = sessions.open(name);
      monitor.stopMonitoring(monitor.startMonitoring(name, name));
      for (const each of [collector, history]) each.recordMetric({ operationType: name, duration: 1 });
    }
    const { body } = await collector.expose();
    expect(sumOf(body, 'pipeline_operation_duration_seconds_count')).toBe(2 * ODD_NAMES.length);
    const summaries = await history.getMetricsSummary();
    const counted = Object.values(summaries.operations).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(2 * ODD_NAMES.length);
    // What a summary calls them is what Prometheus does.
    const labels = parseStrictly(body).map((series) => series.labels.get('operation') ?? '');
    for (const name of Object.keys(summaries.operations))
      expect(labels).toContain(name.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n'));
  });

  test('for any names of servers, tools, prompts, versions and errors, a strict reader finds each series once', async () => {
    const collector = new MetricsCollector();
    for (const name of ODD_NAMES) {
      const connection = { serverName: name, transport: 'pipe', protocolVersion: '' } as const;
      const request = {
        connection,
        direction: 'client_to_server',
        method: 'tools/call',
        toolName: name,
        promptName: name,
        trace: null,
      } as const;
      collector.onEvent({ type: 'server_seen', connection, serverVersion: name, sdkVersion: name });
      collector.onEvent({ type: 'request_started', request, sizeBytes: 1 });
      collector.onEvent({
        type: 'request_ended',
        request,
        toolName: name,
        promptName: name,
        durationSeconds: 1,
        errorType: name,
        cancellation: null,
        unobserved: null,
        inputRequired: false,
        sizeBytes: 1,
      });
    }
    for (const format of ['text', 'openmetrics'] as const) {
      const { body } = await collector.expose(format);
      expect(sumOf(body, 'mcp_server_operation_duration_seconds_count')).toBe(ODD_NAMES.length);
    }
  });

  test('for any names that a reporter sends, a strict reader of a hub’s /metrics finds each series once', async () => {
    const { intake, collector } = createStandingHub();
    const short = ODD_NAMES.filter(({ length }) => length <= 256);
    const events = short.flatMap((name, id) => {
      const connection = { id, server_name: name };
      return [
        {
          type: 'operation',
          kind: 'completed',
          operation_id: name,
          operation_name: name,
          session_id: name,
          duration: 1,
        },
        { type: 'server_seen', connection, server_version: name, sdk_version: name },
        {
          type: 'request_ended',
          connection,
          request: { id, method: 'tools/call', tool_name: name },
          error_type: name,
          duration: 1,
        },
      ];
    });
    intake.accept({ reporter_id: 'r', events });
    const { body } = await collector.expose();
    expect(sumOf(body, 'pipeline_operation_duration_seconds_count')).toBe(short.length);
    expect(sumOf(body, 'mcp_server_operation_duration_seconds_count')).toBe(short.length);
  });

  test('for any values of labels without a limiter, a strict reader finds each series once', async () => {
    const factory = new InstrumentFactory(1000);
    const definition = {
      name: 'x_total',
      help: 'x',
      type: 'counter',
      labels: ['a', 'b'],
      maxLabelSets: 100,
    } as const;
    const counter = factory.counter(definition);
    for (let times = 0; times < 2; times++) for (const name of ODD_NAMES) counter.add([name, 'b']);
    const text = await factory.registry.metrics();
    expect(sumOf(text, 'x_total')).toBe(2 * ODD_NAMES.length);
    const values = parseStrictly(text).map(({ labels }) => labels.get('a') ?? '');
    expect(values.length).toBeGreaterThanOrEqual(ODD_NAMES.length);
    expect(Math.max(...values.map((value) => value.length))).toBeLessThan(150);
  });
});
