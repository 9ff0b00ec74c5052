import { expect, test } from 'vitest';

import { protocolCatalogue, type MetricDefinition } from '../../../src/metrics/catalogue.ts';
import { fieldOfLabel } from '../../../src/metrics/event-counters.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import {
  TRAFFIC_EVENTS,
  type McpConnection,
  type TrafficEvent,
} from '../../../src/monitor/traffic-events.ts';
import { samplesOf } from '../../support/exposition.ts';

const connection: McpConnection = { serverName: 's', transport: 'pipe', protocolVersion: '' };
const server = { mcp_server_name: 's' };

test.each<[TrafficEvent, string, Record<string, string>]>([
  [
    { type: 'notification', connection, direction: 'server_to_client', method: 'ping', sizeBytes: null },
    'mcp_server_notifications_total',
    { ...server, mcp_method_name: 'ping', direction: 'server_to_client' },
  ],
  [
    { type: 'progress_notified', connection, toolName: 'add' },
    'mcp_server_progress_notifications_total',
    { ...server, gen_ai_tool_name: 'add' },
  ],
  [
    { type: 'transport_error', connection, kind: 'parse' },
    'mcp_server_transport_errors_total',
    { ...server, kind: 'parse' },
  ],
  [
    { type: 'task_changed', connection, status: 'working', durationSeconds: null },
    'mcp_server_tasks_total',
    { ...server, status: 'working' },
  ],
  [
    { type: 'http_rejected', serverName: 's', httpStatus: 404, errorType: 'no_session' },
    'mcp_server_rejections_total',
    { ...server, http_status: '404', error_type: 'no_session' },
  ],
  [
    { type: 'child_exited', serverName: 's', reason: 'signal' },
    'mcp_proxy_child_exits_total',
    { ...server, reason: 'signal' },
  ],
])('an event $type adds one to its counter', async (event, name, labels) => {
  const collector = new MetricsCollector();
  for (let i = 0; i < 2; i++) collector.onEvent(event);
  const samples = samplesOf((await collector.expose()).body);
  const counted = samples.filter((sample) => sample.name === name && sample.value > 0);
  expect(counted).toEqual([{ name, labels, value: 2 }]);
});

test('tools and error types past their limits are counted as _OTHER', async () => {
  const collector = new MetricsCollector({ config: { maxSeries: 1000 } });
  for (let i = 0; i < 1000; i++) {
    collector.onEvent({ type: 'progress_notified', connection, toolName: `t${i}` });
    collector.onEvent({ type: 'http_rejected', serverName: 's', httpStatus: 404, errorType: `e${i}` });
  }
  const { body } = await collector.expose();
  expect(body).toMatch(/^mcp_server_progress_notifications_total{[^}]*gen_ai_tool_name="_OTHER"} \d+$/m);
  expect(body).toMatch(/^mcp_server_rejections_total{[^}]*error_type="_OTHER"} \d+$/m);
});

test('ends of a server’s process, transport errors and task statuses start at 0', async () => {
  const collector = new MetricsCollector();
  collector.onEvent({ type: 'child_started', serverName: 's' });
  collector.onEvent({ type: 'connection_opened', connection });
  const samples = samplesOf((await collector.expose()).body);
  const at0 = (name: string) =>
    samples
      .filter((sample) => sample.name === name)
      .map(({ labels, value }) => [Object.values(labels)[1], value]);
  expect(at0('mcp_proxy_child_exits_total')).toEqual([
    ['success', 0],
    ['failure', 0],
    ['signal', 0],
  ]);
  expect(at0('mcp_server_transport_errors_total')).toHaveLength(4);
  expect(at0('mcp_server_tasks_total')).toHaveLength(5);
});

const counting = Object.values<MetricDefinition>(protocolCatalogue).filter(
  ({ counts }) => counts !== undefined,
);
const FIELDS: Readonly<Record<string, string>> = {
  mcp_method_name: 'method',
  gen_ai_tool_name: 'toolName',
};

test.each(counting)('each label of $name is a field of the event that it counts', ({ counts, labels }) => {
  const fields = Object.keys(counts === undefined ? {} : TRAFFIC_EVENTS[counts].fields);
  for (const label of labels) {
    if (label === 'mcp_server_name')
      expect(fields.includes('connection') || fields.includes('serverName')).toBe(true);
    else expect(fields).toContain(FIELDS[label] ?? fieldOfLabel(label));
  }
});
