import { describe, expect, test } from 'vitest';

import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { outcomeOfErrorType } from '../../../src/monitor/outcomes.ts';
import type { McpRequest } from '../../../src/monitor/traffic-events.ts';
import { labelOf, samplesOf, total, type Sample } from '../../support/exposition.ts';
import { parseStrictly } from '../../support/strict-exposition.ts';

const OPERATIONS = 'mcp_server_operations_total';
const DURATIONS = 'mcp_server_operation_duration_seconds_count';
const ENDED = 'pipeline_operations_ended_total';
const PIPELINE_DURATIONS = 'pipeline_operation_duration_seconds_count';

function serving(maxSeries?: number) {
  const config = maxSeries === undefined ? {} : { maxSeries };
  const collector = new MetricsCollector({ config, serverOf: (sessionId) => sessionId });
  let calls = 0;

  /** A tool call with its operation, in a session with the server's name. */
  function call(serverName: string, toolName: string, errorType = ''): void {
    const connection = { serverName, transport: 'pipe', protocolVersion: '2025-11-25' } as const;
    const request: McpRequest = {
      connection,
      direction: 'client_to_server',
      method: 'tools/call',
      toolName,
      promptName: '',
      trace: null,
    };
    const operation = {
      type: 'operation',
      sessionId: serverName,
      operationId: `${calls++}`,
      parentId: null,
      operationName: toolName,
      progress: 0,
      timestampMs: Date.now(),
    } as const;
    const outcome = outcomeOfErrorType(errorType);
    collector.onEvent({ type: 'request_started', request, sizeBytes: 100 });
    collector.onEvent({ ...operation, kind: 'started', status: 'started' });
    collector.onEvent({ ...operation, kind: outcome, status: outcome, duration: 0.03 });
    collector.onEvent({
      type: 'request_ended',
      request,
      toolName,
      promptName: '',
      durationSeconds: 0.03,
      errorType,
      cancellation: null,
      unobserved: null,
      inputRequired: false,
      sizeBytes: 100,
    });
  }
  return { call, samples: async () => samplesOf((await collector.expose()).body), collector };
}

/** The names with series of their own, by server. */
function toolsIn(samples: readonly Sample[], metric: string, label: string): Set<string> {
  const counted = samples.filter(({ name, value }) => name === metric && value > 0);
  const pairs = counted.map((sample) => [labelOf(sample, 'mcp_server_name'), labelOf(sample, label)]);
  return new Set(pairs.filter(([, tool]) => tool !== '_OTHER').map((pair) => pair.join(' ')));
}

test.each([
  ['20 servers of 100 tools', 20, 100],
  ['one server of 3,000 tools', 1, 3000],
])('with %s, each called tool has its own series, and nothing is lost', async (_, servers, tools) => {
  const { call, samples } = serving();
  for (const errorType of ['', 'tool_error']) {
    for (let server = 0; server < servers; server++) {
      for (let tool = 0; tool < tools; tool++) call(`server_${server}`, `tool_${tool}`, errorType);
    }
  }
  const all = await samples();
  for (const metric of [OPERATIONS, DURATIONS]) {
    expect(toolsIn(all, metric, 'gen_ai_tool_name').size, metric).toBe(servers * tools);
  }
  for (const metric of [ENDED, PIPELINE_DURATIONS]) {
    expect(toolsIn(all, metric, 'operation').size, metric).toBe(servers * tools);
  }
  for (let server = 0; server < servers; server++) {
    const labels = { mcp_server_name: `server_${server}` };
    for (const metric of [OPERATIONS, DURATIONS, ENDED, PIPELINE_DURATIONS]) {
      expect(total(all, metric, labels), metric).toBe(2 * tools);
    }
  }
  expect(total(all, OPERATIONS, { gen_ai_tool_name: 'tool_7', error_type: 'tool_error' })).toBe(servers);
});

test('a small server has its tools, also after one with more tools than the limit', async () => {
  const { call, samples } = serving(10_000);
  for (let tool = 0; tool < 3000; tool++) call('big', `tool_${tool}`);
  for (let server = 0; server < 10; server++) call(`small_${server}`, 'search');
  const all = await samples();
  const named = { gen_ai_tool_name: 'search', error_type: '' };
  for (let server = 0; server < 10; server++) {
    const labels = { mcp_server_name: `small_${server}` };
    expect(total(all, OPERATIONS, { ...labels, ...named })).toBe(1);
    expect(total(all, DURATIONS, { ...labels, ...named })).toBe(1);
  }
  expect(total(all, OPERATIONS, { mcp_server_name: 'big' })).toBe(3000);
});

describe('beyond the limit', () => {
  const ERROR_TYPES = ['', '', '', 'tool_error', 'cancelled', '-32602', 'unobserved', 'timeout'];

  test('the sums by server and outcome are exact, and no counter ever decreases or disappears', async () => {
    const { call, samples, collector } = serving(3000);
    const truth = new Map<string, number>();
    let before = new Map<string, number>();
    // A fixed sequence that looks random, with few busy tools and many rare ones.
    let seed = 42;
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    for (let i = 0; i < 20_000; i++) {
      const server = `server_${random(5)}`;
      const errorType = ERROR_TYPES[random(ERROR_TYPES.length)] ?? '';
      call(server, `tool_${Math.floor(random(1000) ** 2 / 1000)}`, errorType);
      const key = `${server} ${outcomeOfErrorType(errorType)}`;
      truth.set(key, (truth.get(key) ?? 0) + 1);
      if (i % 1000 > 0) continue;
      const now = countersIn(await samples());
      for (const [series, value] of before) expect(now.get(series), series).toBeGreaterThanOrEqual(value);
      before = now;
    }
    const all = await samples();
    for (const metric of [OPERATIONS, DURATIONS, ENDED, PIPELINE_DURATIONS]) {
      const counted = new Map<string, number>();
      for (const sample of all.filter(({ name, value }) => name === metric && value > 0)) {
        const status = labelOf(sample, 'status') || outcomeOfErrorType(labelOf(sample, 'error_type'));
        const key = `${labelOf(sample, 'mcp_server_name')} ${status}`;
        counted.set(key, (counted.get(key) ?? 0) + sample.value);
      }
      expect(counted, metric).toEqual(truth);
    }
    expect(total(all, OPERATIONS, { gen_ai_tool_name: '_OTHER' })).toBeGreaterThan(100);
    expect(total(all, 'mcp_server_operations_in_flight')).toBe(0);
    expect(total(all, 'pipeline_operations_active')).toBe(0);
    for (const format of ['text', 'openmetrics'] as const)
      parseStrictly((await collector.expose(format)).body);
  });

  test('the busiest tools have series of their own, whenever they were first called', async () => {
    const { call, samples } = serving(3000);
    for (let tool = 0; tool < 1000; tool++) call('shop', `rare_${tool}`);
    for (let i = 0; i < 200; i++) call('shop', 'busy', i % 2 === 0 ? '' : 'tool_error');
    const all = await samples();
    const ofBusy = total(all, OPERATIONS, { gen_ai_tool_name: 'busy' });
    expect(ofBusy).toBeGreaterThan(180);
    expect(total(all, OPERATIONS, { gen_ai_tool_name: 'busy', error_type: 'tool_error' })).toBe(ofBusy / 2);
    expect(total(all, OPERATIONS)).toBe(1200);
  });

  test('a histogram that a tool does not get is counted once, and not with each call', async () => {
    const { call, samples } = serving(3000);
    for (let times = 0; times < 3; times++) {
      for (let tool = 0; tool < 50; tool++) call('shop', `tool_${tool}`);
    }
    const all = await samples();
    const overflow = 'mcp_exporter_label_overflow_total';
    const folded = total(all, overflow, { label: 'mcp_server_operation_duration_seconds' });
    expect(toolsIn(all, OPERATIONS, 'gen_ai_tool_name').size).toBe(50);
    expect(toolsIn(all, DURATIONS, 'gen_ai_tool_name').size).toBe(50 - folded);
    expect(folded).toBeGreaterThan(10);
    expect(total(all, DURATIONS, { gen_ai_tool_name: '_OTHER' })).toBe(3 * folded);
  });

  test('there are no more series than the limit', async () => {
    const { call, samples } = serving(20_000);
    for (let server = 0; server < 10; server++) {
      for (let tool = 0; tool < 300; tool++) {
        for (const errorType of ERROR_TYPES) call(`server_${server}`, `tool_${tool}`, errorType);
      }
    }
    const named = (await samples()).filter(({ labels }) => 'mcp_server_name' in labels);
    expect(named.length).toBeLessThan(20_000);
  });
});

function countersIn(samples: readonly Sample[]): Map<string, number> {
  const counters = samples.filter(({ name }) => /_(?:total|count|bucket)$/.test(name));
  return new Map(counters.map(({ name, labels, value }) => [JSON.stringify([name, labels]), value]));
}

test('prompts without room for histograms are not kept: they have no other series', async () => {
  const { collector, samples } = serving(1000);
  const prompt = (promptName: string): void => {
    const connection = { serverName: 'shop', transport: 'pipe', protocolVersion: '' } as const;
    const request: McpRequest = {
      connection,
      direction: 'client_to_server',
      method: 'prompts/get',
      toolName: '',
      promptName,
      trace: null,
    };
    collector.onEvent({
      type: 'request_ended',
      request,
      toolName: '',
      promptName,
      durationSeconds: 1,
      errorType: '',
      cancellation: null,
      unobserved: null,
      inputRequired: false,
      sizeBytes: null,
    });
  };
  for (let i = 0; i < 1000; i++) prompt(`prompt-${i}`);
  const kept = toolsIn(await samples(), DURATIONS, 'gen_ai_prompt_name').size;
  expect(kept).toBeGreaterThan(10);
  expect(total(await samples(), 'mcp_exporter_label_overflow_total', { label: 'gen_ai_prompt_name' })).toBe(
    1000 - kept,
  );
});
