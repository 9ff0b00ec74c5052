import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { expect, onTestFinished, test } from 'vitest';

import { FREE_PORTS } from '../support/cli-process.ts';

/** The demo as `npm run demo` runs it, after its build. */
function runDemo(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/demo.ts', ...args], {
    env: { ...process.env, ...FREE_PORTS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  return { child, ended: once(child, 'exit'), lines: createInterface(child.stdout) };
}

test('--once shows every outcome, a table, and scrapes that promtool finds nothing wrong with', async () => {
  const { ended, lines } = runDemo('--once');
  const printed: string[] = [];
  let metricsUrl = '';
  let scrape = '';
  for await (const line of lines) {
    printed.push(line);
    if (metricsUrl === '') {
      metricsUrl = /^ *metrics +(\S+)/.exec(line)?.[1] ?? '';
      // A process' first fetch takes its time, and the exporter is gone 200 ms after the last outcome.
      if (metricsUrl !== '') await (await fetch(metricsUrl)).text();
    }
    // In the middle of it, when all three outcomes have been.
    if (line.includes('cancelled') && scrape === '') scrape = await (await fetch(metricsUrl)).text();
  }
  expect(await ended).toEqual([0, null]);

  const text = printed.join('\n');
  expect(text).toMatch(/^ +live page +http:\/\/127\.0\.0\.1:\d+\/$/m);
  expect(text).toMatch(/^ +MCP endpoint +http:\/\/127\.0\.0\.1:\d+\/mcp$/m);
  expect(text).toMatch(/^✓ completed +version_keeper_scan +\d+\.\d\d s +demo-1$/m);
  expect(text).toMatch(/^✕ failed +version_keeper_scan .*outside_workspace/m);
  expect(text).toMatch(/^⊘ cancelled +version_keeper_scan /m);
  expect(text.match(/^✓ completed +pipeline_cycle /gm)?.length).toBeGreaterThan(1);
  expect(text).toMatch(/^operation +ended +success +failure +cancelled +mean +p95$/m);
  expect(text).toMatch(/^version_keeper_scan +3 +1 +1 +1 /m);

  expect(promtoolFindings(scrape)).toBe('');
  for (const status of ['completed', 'failed', 'cancelled']) {
    const count = `pipeline_operation_duration_seconds_count{operation="version_keeper_scan",status="${status}"} 1\n`;
    expect(scrape).toContain(count);
  }
  expect(scrape).toMatch(/^pipeline_scan_files_total [1-9]/m);
  expect(scrape).toMatch(/^pipeline_scan_issues_total\{severity="warning"\} [1-9]/m);
  expect(scrape).toMatch(/^pipeline_fixes_total\{result="applied"\} [1-9]/m);
});

test('without it goes on until Ctrl-C, and then ends with 0', async () => {
  const { child, ended, lines } = runDemo();
  for await (const line of lines) {
    // In the middle of the first round; an impatient person presses twice.
    if (line.includes('demo-1')) child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
});

/** What `promtool check metrics` has to say, on either of its outputs; it throws where it ends with an error. */
function promtoolFindings(metrics: string): string {
  return execFileSync('sh', ['-c', 'promtool check metrics 2>&1'], { input: metrics, encoding: 'utf8' });
}
