import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { expect, onTestFinished, test } from 'vitest';

import { CLI, hub } from '../support/cli-process.ts';
import { samplesOf, total } from '../support/exposition.ts';
import { TINY_SERVER } from '../support/tiny-server.ts';

const CALLS = 100_000;
/** So many are under way at once. */
const WINDOW = 100;
const DURATIONS = 'mcp_server_operation_duration_seconds_count';

/** What a process holds in memory, in MiB. */
function residentMiB(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

test('a hundred thousand calls through a proxy and a hub: none lost, none counted twice, memory flat', async () => {
  const { base, child: hubProcess } = await hub();
  const args = [CLI, 'proxy', '--name', 'tiny', '--hub', base.href, '--', process.execPath, ...TINY_SERVER];
  const proxy = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void proxy.kill('SIGKILL'));
  const say = (message: object) => proxy.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const call = (id: number) => {
    const name = id % 10 === 0 ? 'fail' : 'add';
    say({
      id,
      method: 'tools/call',
      params: { name, arguments: { a: id, b: 1 }, _meta: { progressToken: id } },
    });
  };
  const scrape = async () => samplesOf(await (await fetch(new URL('/metrics', base))).text());

  say({ id: 0, method: 'tools/list' });
  let [sent, answered] = [0, 0];
  const memory: { proxy: number; hub: number }[] = [];
  for await (const line of createInterface(proxy.stdout)) {
    const { id, result } = JSON.parse(line) as {
      id: number;
      result: { isError?: boolean; content?: { text: string }[] };
    };
    if (id > 0) {
      answered += 1;
      expect(result.isError === true).toBe(id % 10 === 0);
      if (answered % (CALLS / 10) === 0) {
        memory.push({ proxy: residentMiB(proxy.pid ?? 0), hub: residentMiB(hubProcess.pid ?? 0) });
      }
    }
    if (answered === CALLS) break;
    // A hub that stands still is waited for: what the proxy keeps for it has an end.
    if (id > 0 && answered % 1000 === 0) {
      const told = async () => total(await scrape(), 'pipeline_operations_started_total');
      await expect.poll(told, { interval: 10 }).toBeGreaterThan(answered - 6000);
    }
    while (sent < CALLS && sent - answered < WINDOW) call((sent += 1));
  }
  proxy.stdin.end();

  await expect
    .poll(async () => total(await scrape(), 'mcp_proxy_child_exits_total', { reason: 'success' }), {
      timeout: 60_000,
    })
    .toBe(1);
  const samples = await scrape();
  expect(total(samples, DURATIONS, { gen_ai_tool_name: 'add', error_type: '' })).toBe(CALLS * 0.9);
  expect(total(samples, DURATIONS, { gen_ai_tool_name: 'fail', error_type: 'tool_error' })).toBe(CALLS * 0.1);
  expect(total(samples, DURATIONS, { mcp_method_name: 'tools/call' })).toBe(CALLS);
  expect(total(samples, 'pipeline_operations_started_total')).toBe(CALLS);
  expect(total(samples, 'mcp_server_operations_in_flight')).toBe(0);
  expect(total(samples, 'mcp_exporter_reported_events_total', { result: 'lost' })).toBe(0);
  expect(total(samples, 'mcp_exporter_reported_events_total', { result: 'duplicate' })).toBe(0);
  expect(total(samples, 'mcp_exporter_faults_total')).toBe(0);

  // After the first fifth, nothing grows any more: what is kept has found its size.
  const [early, late] = [memory[1], memory.at(-1)];
  for (const who of ['proxy', 'hub'] as const) {
    expect(late?.[who], `${who}: ${JSON.stringify(memory)}`).toBeLessThan((early?.[who] ?? 0) * 1.3 + 20);
  }
}, 300_000);
