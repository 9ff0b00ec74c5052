import { describe, expect, test } from 'vitest';

import type { OperationEvent } from '../../../src/monitor/events.ts';
import { LIMITS, type LimitName } from '../../../src/monitor/limits.ts';
import type { McpRequest } from '../../../src/monitor/traffic-events.ts';
import { ReportQueue } from '../../../src/relay/report-queue.ts';
import { createStandingHub } from './standing-hub.ts';

const details = { text: 'x'.repeat(2000), more: 'y'.repeat(2000) };
const started = (operationId: string): OperationEvent => ({
  type: 'operation',
  kind: 'started',
  sessionId: 's',
  operationId,
  parentId: null,
  operationName: 'n',
  status: 'started',
  progress: 0,
  timestampMs: 0,
  details,
});

function takeAll(queue: ReportQueue) {
  const all = [];
  for (let queued = queue.take(); queued; queued = queue.take()) all.push(queued.event);
  return all;
}

test('a queue with too many details sends all events, and the first ones with their details', () => {
  const limits: LimitName[] = [];
  const count = Math.ceil((100 * LIMITS.report_queue_bytes.max) / 4000);
  const queue = new ReportQueue(count, (limit) => void limits.push(limit));
  for (let i = 0; i < count; i++) queue.add(started(`${i}`), 0);
  const events = takeAll(queue);
  expect(events).toHaveLength(count);
  const detailed = events.filter((event) => event.type === 'operation' && event.details !== undefined);
  expect(detailed.length).toBeLessThan(count / 90);
  expect(limits).toHaveLength(count - detailed.length);
  queue.add(started('later'), 0);
  expect(takeAll(queue)).toEqual([started('later')]);
});

test('a limit that is reached a thousand times takes one place until it is sent', () => {
  const queue = new ReportQueue(10);
  for (let i = 0; i < 1000; i++) queue.add({ type: 'limit_reached', limit: 'name_length', count: 1 }, 0);
  expect(queue.size).toBe(1);
  expect(takeAll(queue)).toEqual([{ type: 'limit_reached', limit: 'name_length', count: 1000 }]);
  queue.add({ type: 'limit_reached', limit: 'name_length', count: 2 }, 0);
  expect(takeAll(queue)).toEqual([{ type: 'limit_reached', limit: 'name_length', count: 2 }]);
});

describe('a request that is no longer followed', () => {
  const request: McpRequest = {
    connection: { serverName: 'a', transport: 'pipe', protocolVersion: '' },
    direction: 'client_to_server',
    method: 'ping',
    toolName: '',
    promptName: '',
    trace: null,
  };

  test('a request that is no longer followed is not announced to a hub that restarted', () => {
    const queue = new ReportQueue(10);
    queue.add({ type: 'request_started', request, sizeBytes: 1 }, 0);
    takeAll(queue);
    queue.add({ type: 'request_unfollowed', request }, 0);
    expect(takeAll(queue)).toEqual([{ type: 'request_unfollowed', request }]);
    queue.announceOpen();
    expect(takeAll(queue)).toEqual([]);
  });

  test('a request that is no longer followed leaves the hub’s gauge, and has no duration there', async () => {
    const { report, total } = createStandingHub();
    const connection = { id: 1, server_name: 'theirs' };
    const told = { connection, request: { id: 1, method: 'tools/call', tool_name: 'add' } };
    report([{ type: 'request_started', ...told }]);
    expect(await total('mcp_server_operations_in_flight')).toBe(1);
    report([
      { type: 'request_unfollowed', ...told },
      { type: 'request_unfollowed', ...told },
    ]);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_operation_duration_seconds_count')).toBe(0);
  });
});
