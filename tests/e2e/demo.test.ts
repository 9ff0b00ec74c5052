import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { expect, onTestFinished, test } from 'vitest';

import { DEMO_USAGE } from '../../demo/demo-options.ts';
import { FREE_PORTS } from '../support/cli-process.ts';
import { freePort } from '../support/everything.ts';
import { samplesOf, total } from '../support/exposition.ts';

/** The demo as `npm run demo` runs it, after its build. */
function runDemo(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/demo.ts', ...args], {
    env: { ...process.env, ...FREE_PORTS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  return {
    child,
    ended: once(child, 'exit'),
    lines: createInterface(child.stdout),
    errors: text(child.stderr),
  };
}

test('--port serves the page there, until Ctrl-C', async () => {
  const port = await freePort();
  const { child, ended, lines, errors } = runDemo('--port', String(port));
  const printed: string[] = [];
  for await (const line of lines) {
    printed.push(line);
    if (line.includes('MCP endpoint')) child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
  expect(await errors).toBe('');
  expect(printed).toContain(`  live page     http://127.0.0.1:${port}/`);
});

test.each([
  [['--prot', '45001'], 'demo: unknown option --prot, did you mean "--port"?'],
  [['--port', 'x'], 'demo: --port: expected an integer from 0 to 65535; 0 takes any free port, got "x"'],
  [['now'], 'demo: unexpected argument "now"'],
])('%j ends with 2 and a line that says what is expected', async (args, message) => {
  const { ended, errors } = runDemo(...args);
  expect(await ended).toEqual([2, null]);
  expect(await errors).toBe(`${message}\ndemo: see npm run demo -- --help\n`);
});

test('--help lists every option, and starts nothing', async () => {
  const { child, ended, errors } = runDemo('--help');
  const help = await text(child.stdout);
  expect(await ended).toEqual([0, null]);
  expect(await errors).toBe('');
  expect(help).toBe(DEMO_USAGE);
  for (const option of ['--once', '--port PORT', '--help']) expect(help).toContain(option);
  expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

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

  const shown = printed.join('\n');
  expect(shown).toMatch(/^ +live page +http:\/\/127\.0\.0\.1:\d+\/$/m);
  expect(shown).toMatch(/^ +MCP endpoint +http:\/\/127\.0\.0\.1:\d+\/mcp$/m);
  expect(shown).toMatch(/^✓ completed +version_keeper_scan +\d+\.\d\d s +demo-1$/m);
  expect(shown).toMatch(/^✕ failed +version_keeper_scan .*outside_workspace/m);
  expect(shown).toMatch(/^⊘ cancelled +version_keeper_scan /m);
  expect(shown.match(/^✓ completed +pipeline_cycle /gm)?.length).toBeGreaterThan(1);
  expect(shown).toMatch(/^operation +ended +success +failure +cancelled +unobserved +mean +p95$/m);
  expect(shown).toMatch(/^version_keeper_scan +3 +1 +1 +1 +0 /m);

  expect(promtoolFindings(scrape)).toBe('');
  for (const status of ['completed', 'failed', 'cancelled']) {
    const labels = { operation: 'version_keeper_scan', status };
    expect(total(samplesOf(scrape), 'pipeline_operation_duration_seconds_count', labels)).toBe(1);
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
