// Compares the start of the proxy with a bare relay, and of `--help` with Node.js alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { quantile, table } from '../report.ts';

const ROUNDS = 25;
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const CLI = file('../../dist/cli.js');
const SERVER = [process.execPath, file('echo-server.js')];
const ENV = { PATH: process.env['PATH'], MONITORING_LOG_LEVEL: 'silent' };

/** Milliseconds from the start until the first byte of an answer. */
async function firstByte(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env: ENV, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(PING);
  await once(child.stdout, 'data');
  const elapsed = performance.now() - start;
  child.stdin.end();
  await once(child, 'exit');
  return elapsed;
}

/** Milliseconds from the start until the end of a program. */
async function wholeRun(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env: ENV, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  await once(child, 'exit');
  return performance.now() - start;
}

const RELAY = () => firstByte([file('bare-relay.js'), ...SERVER]);
const NODE = () => wholeRun(['-e', '0']);

interface Case {
  readonly title: string;
  readonly baseline: string;
  readonly measure: () => Promise<number>;
}

const CASES: readonly Case[] = [
  { title: 'bare relay', baseline: 'bare relay', measure: RELAY },
  { title: 'same again (control)', baseline: 'bare relay', measure: RELAY },
  { title: 'proxy', baseline: 'bare relay', measure: () => firstByte([CLI, 'proxy', '--', ...SERVER]) },
  {
    title: 'proxy that reports to a hub',
    baseline: 'bare relay',
    measure: () => firstByte([CLI, 'proxy', '--hub', 'http://127.0.0.1:9', '--', ...SERVER]),
  },
  { title: 'node -e 0', baseline: 'node -e 0', measure: NODE },
  { title: 'same again (control)', baseline: 'node -e 0', measure: NODE },
  { title: 'mcp-exporter --help', baseline: 'node -e 0', measure: () => wholeRun([CLI, '--help']) },
];

/** Returns a Markdown section. */
export async function benchStartUp(): Promise<string> {
  const times = CASES.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { measure }] of CASES.entries()) times[i]?.push(await measure());
  }
  const medianOf = (title: string) =>
    quantile(times[CASES.findIndex((each) => each.title === title)] ?? [], 0.5);
  const rows = CASES.map(({ title, baseline }, i) => {
    const median = quantile(times[i] ?? [], 0.5);
    return [title, `${median.toFixed(0)} ms`, (median / medianOf(baseline)).toFixed(2)];
  });
  return `## Start

For relays, the time from the start until the first byte of an echo server's answer arrives. A bare relay only starts the
server and forwards its streams. For the other programs, the time from the start until the end. Medians of ${ROUNDS} runs.

${table(['program', 'median', 'ratio to baseline'], rows)}
`;
}
