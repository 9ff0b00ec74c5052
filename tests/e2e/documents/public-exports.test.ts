import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

import { describe, expect, onTestFinished, test } from 'vitest';

import { FREE_PORTS } from '../../support/cli-process.ts';
import { typeCheck } from '../../support/compiler.ts';
import { outputPattern } from '../../support/printed-output.ts';
import { publicExports } from '../../support/public-exports.ts';
import { repositoryPath } from '../../support/repository-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// The `@example` programs in the TSDoc of the public exports, as a reader copies them.

const programs = publicExports().flatMap(({ name, examples }) => examples.map((code) => ({ name, code })));

/** The output that the comments of a program promise: those behind `console.log(…);`, and those that fill a line. */
function promisedOutput(code: string): string {
  return [...code.matchAll(/(?:^|console\.log\(.*\); )\/\/ (.*)$/gm)].map(([, line]) => `${line}\n`).join('');
}

/** Inside the repository, so that the programs find the built package by its name. */
const exampleFolder = () => resolve(temporaryFolder(repositoryPath('.public-exports-')));

function writeProgram(folder: string, { name, code }: (typeof programs)[number]): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  return file;
}

/** Runs a program until it ends by itself, with the errors that the exporter logs. */
async function run(file: string, cwd: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd,
    env: { PATH: process.env['PATH'], MONITORING_LOG_LEVEL: 'error', ...FREE_PORTS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, exitCode };
}

test('the examples type-check as they are', () => {
  const folder = exampleFolder();
  typeCheck(programs.map((program) => writeProgram(folder, program)));
});

describe.each(programs)('the example of $name', (program) => {
  test('runs, prints what its comments promise, and ends', async () => {
    const folder = exampleFolder();
    const listening = program.code.replaceAll(/\b(httpPort|feedPort): \d+/g, '$1: 0');
    const file = writeProgram(folder, { ...program, code: listening });
    const { stdout, stderr, exitCode } = await run(file, folder);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(new RegExp(`^${outputPattern(promisedOutput(program.code)).source}$`));
  });
});
