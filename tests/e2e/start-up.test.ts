import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { usage } from '../../src/commands/usage.ts';
import { CLI, FREE_PORTS } from '../support/cli-process.ts';

const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{}}';

/** Writes the URL of each file to a log as it is loaded. */
const LOG_LOADED = `
  import { register } from 'node:module';
  const hooks = \`
    import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      if (url.startsWith('file:')) appendFileSync(process.env.LOG, url + '\\\\n');
      return next(url, context);
    }\`;
  register('data:text/javascript,' + encodeURIComponent(hooks));
`;

/** Runs the program; with what it loaded, by file name, and the lines that others have written between. */
function logged(args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'start-up-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'log');
  const preload = join(folder, 'preload.mjs');
  writeFileSync(log, '');
  writeFileSync(preload, LOG_LOADED);
  return {
    command: ['--import', preload, CLI, ...args],
    env: { PATH: process.env['PATH'], LOG: log, ...FREE_PORTS },
    lines: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
  };
}

test.each([
  [['--help'], 'overview'],
  [['hub', '--help'], 'hub'],
  [['help', 'settings'], 'settings'],
] as const)('%j loads one file and prints its help', (args, topic) => {
  const { command, env, lines } = logged([...args]);
  const { stdout } = spawnSync(process.execPath, command, { env, encoding: 'utf8' });
  expect(stdout).toBe(usage(topic));
  expect(lines()).toEqual([new URL(`file://${CLI}`).href]);
});

test('a proxy forwards the first answer before it loads what observes it', async () => {
  // A shell starts sooner than anything else could be loaded for another reason.
  const server = `read -r line; echo answered >>"$LOG"; echo '${ANSWER}'; cat >/dev/null`;
  const { command, env, lines } = logged(['proxy', '--', 'sh', '-c', server]);
  const proxy = spawn(process.execPath, command, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void proxy.kill('SIGKILL'));
  proxy.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const [chunk] = (await once(proxy.stdout, 'data')) as [Buffer];
  expect(chunk.toString()).toBe(`${ANSWER}\n`);
  proxy.stdin.end();
  await once(proxy, 'exit');

  const all = lines();
  const early = all.slice(0, all.indexOf('answered'));
  expect(early.length).toBeGreaterThan(0);
  expect(early.filter((url) => url.includes('node_modules'))).toEqual([]);
  expect(early.length).toBeLessThanOrEqual(4);
  const bytes = early.map((url) => statSync(fileURLToPath(url)).size).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThan(60_000);
  // What was loaded afterward has observed it.
  const late = all.slice(all.indexOf('answered') + 1);
  expect(late.some((url) => url.includes('node_modules/express/'))).toBe(true);
});
