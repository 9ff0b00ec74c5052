import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { PROBLEMS, serverProblems, serversDown, serversKnown } from '../../grafana/src/server-problems.ts';
import { substitute } from '../support/grafana-queries.ts';

// Evaluates the expressions of the overview's first screen in promtool, for a fleet in which each server has one problem.

/** Five minutes of scrapes each 15 s. */
const constant = (value: number) => `${value}x20`;
const series = (selector: string, values: string) => ({ series: selector, values });

const TARGET = 'job="a", instance="hub:1"';
const LOST = 'job="a", instance="lost:1"';
const recordedTool = (server: string, name: string) =>
  `job="a", mcp_server_name="${server}", gen_ai_tool_name="${name}"`;
const info = (server: string) =>
  series(`mcp_server_info{${TARGET}, mcp_server_name="${server}"}`, constant(1));

const fleet = [
  series(`up{${TARGET}}`, constant(1)),
  series(`up{${LOST}}`, '1x12 0x8'),
  series(`pipeline_slow_operation_threshold_seconds{${TARGET}}`, constant(5)),
  series(`pipeline_error_rate_threshold_ratio{${TARGET}}`, constant(0.1)),
  ...['fine', 'fails', 'slow', 'hangs', 'exited', 'restarted'].map(info),
  series(`mcp_server_info{${LOST}, mcp_server_name="lost"}`, '1x12 stale'),
  series(`mcp_server_info{${LOST}, mcp_server_name="fine"}`, '1x12 stale'),
  series(`mcp_proxy_upstream_up{${LOST}, mcp_server_name="lost-proxied"}`, '1x12 stale'),
  series(`mcp_proxy_upstream_up{${TARGET}, mcp_server_name="gone"}`, '1x18 0 0'),
  series(`mcp_proxy_upstream_up{${TARGET}, mcp_server_name="fine"}`, constant(1)),
  ...['exited', 'restarted'].map((name) =>
    series(`mcp_proxy_child_exits_total{${TARGET}, mcp_server_name="${name}", reason="failure"}`, '0x18 1 1'),
  ),
  series(`mcp_server_sessions_active{${TARGET}, mcp_server_name="restarted"}`, constant(1)),
  series(`pipeline_operations_stalled{${TARGET}, mcp_server_name="hangs", operation="export"}`, constant(1)),
  series(`pipeline_operations_stalled{${TARGET}, mcp_server_name="fine", operation="export"}`, constant(0)),
  series(`tool:mcp_calls:rate5m{${recordedTool('fails', 'refund')}}`, constant(0.1)),
  series(`tool:mcp_errors:ratio_rate5m{${recordedTool('fails', 'refund')}}`, constant(0.5)),
  series(`tool:mcp_calls:rate5m{${recordedTool('fine', 'rare')}}`, constant(0.005)),
  series(`tool:mcp_errors:ratio_rate5m{${recordedTool('fine', 'rare')}}`, constant(1)),
  series(`tool:mcp_call_duration_seconds:p95_5m{${recordedTool('slow', 'search')}}`, constant(7)),
  series(`tool:mcp_call_duration_seconds:p95_5m{${recordedTool('fine', 'search')}}`, constant(4)),
];

const levelOf = (text: string) => PROBLEMS.find((problem) => problem.text === text)?.level ?? NaN;

/** Expects `samples` of `expr` 4 minutes and 45 seconds after the start. */
function expectSamples(expr: string, samples: { labels: string; value: number }[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'server-problems-'));
  try {
    const file = join(folder, 'test.yml');
    const query = { expr: substitute(expr), eval_time: '4m45s', exp_samples: samples };
    writeFileSync(
      file,
      JSON.stringify({
        evaluation_interval: '15s',
        tests: [{ interval: '15s', input_series: fleet, promql_expr_test: [query] }],
      }),
    );
    // It throws if a sample differs, with the samples in its output.
    const output = execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
    expect(output).toContain('SUCCESS');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('names each server with a problem, its worst problem and its tool', () => {
  const server = (name: string, problem: string) => ({
    labels: `{mcp_server_name="${name}"}`,
    value: levelOf(problem),
  });
  expectSamples(serverProblems, [
    server('gone', 'unreachable'),
    server('exited', 'process exited'),
    server('restarted', 'process exited'),
    server('lost', 'exporter down'),
    server('lost-proxied', 'exporter down'),
    server('hangs', 'call hangs'),
    { labels: `{${recordedTool('fails', 'refund')}}`, value: levelOf('tool fails') },
    { labels: `{${recordedTool('slow', 'search')}}`, value: levelOf('tool is slow') },
  ]);
});

test('counts a server as down if it is unreachable, exited, or its exporter does not answer', () => {
  expectSamples(serversKnown, [{ labels: '{}', value: 9 }]);
  expectSamples(serversDown, [{ labels: '{}', value: 4 }]);
});
