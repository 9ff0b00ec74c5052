import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stderr-'));
const STDERR = join(folder, 'stderr.mjs');

// A loader for the source would change the mode of stderr itself.
beforeAll(async () => {
  const input = fileURLToPath(new URL('../../src/logging/stderr.ts', import.meta.url));
  await (await rolldown({ input, platform: 'node' })).write({ file: STDERR });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes 10 MB to a stderr that is not read, and reports what was taken and in which mode the descriptor is left. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { openStderr } from ${JSON.stringify(STDERR)};
const isNonBlocking = () => (parseInt(/flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/2', 'utf8'))[1], 8) & 0o4000) !== 0;
if (process.argv[1] === 'nonblocking') process.stderr.write('');
const before = isNonBlocking();
const stderr = openStderr();
let taken = 0;
for (let i = 0; i < 10_000; i++) taken += stderr.write(Buffer.alloc(1000, 'x'));
console.log(JSON.stringify({ taken, before, after: isNonBlocking() }));
`;

interface Outcome {
  readonly taken: number;
  readonly before: boolean;
  readonly after: boolean;
}

const ARGS = ['--input-type=module', '-e', PROGRAM];

async function runUnread(mode: 'blocking' | 'nonblocking'): Promise<Outcome> {
  const child = spawn(process.execPath, [...ARGS, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stderr.pause();
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  return JSON.parse(output.toString()) as Outcome;
}

test('a socket that nobody reads never blocks a write, and keeps its blocking mode for the others who share it', async () => {
  const { taken, before, after } = await runUnread('blocking');
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10_000_000);
  expect({ before, after }).toEqual({ before: false, after: false });
});

test('a socket that is non-blocking already stays so', async () => {
  expect(await runUnread('nonblocking')).toMatchObject({ before: true, after: true });
});

test('a pipe that nobody reads never blocks a write either', () => {
  const quoted = ARGS.map((arg) => `'${arg.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  // The shell's pipe, whose reader sleeps.
  const script = `{ '${process.execPath}' ${quoted} blocking 2>&3 | head -1; kill $! 2>/dev/null; } 3> >(exec sleep 30)`;
  const { taken, before, after } = JSON.parse(execFileSync('bash', ['-c', script]).toString()) as Outcome;
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10_000_000);
  expect({ before, after }).toEqual({ before: false, after: false });
});
