// How long somebody waits for a program that starts: the proxy beside a bare relay, `--help` beside Node alone.
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

/** Milliseconds until the first byte of the answer to a first message. */
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

/** Milliseconds until a program has ended. */
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
  { title: 'the same again (control)', baseline: 'bare relay', measure: RELAY },
  { title: 'proxy', baseline: 'bare relay', measure: () => firstByte([CLI, 'proxy', '--', ...SERVER]) },
  {
    title: 'proxy that reports to a hub',
    baseline: 'bare relay',
    measure: () => firstByte([CLI, 'proxy', '--hub', 'http://127.0.0.1:9', '--', ...SERVER]),
  },
  { title: 'node -e 0', baseline: 'node -e 0', measure: NODE },
  { title: 'the same again (control)', baseline: 'node -e 0', measure: NODE },
  { title: 'mcp-exporter --help', baseline: 'node -e 0', measure: () => wholeRun([CLI, '--help']) },
];

/** As a section of Markdown. */
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

The first byte of the answer to a first message, from a server that echoes it, and the whole run of a program that prints
its help; medians of ${ROUNDS} runs in turns.

${table(['', 'median', 'against the baseline'], rows)}
`;
}
