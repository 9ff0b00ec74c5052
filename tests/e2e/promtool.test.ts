import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { repositoryPath } from '../support/repository-file.ts';
import { ruleFiles, ruleTestFiles } from '../support/rule-files.ts';
import { ruleMutations } from '../support/rule-mutations.ts';

/** How promtool ends, and all that it says. */
function promtool(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    execFile('promtool', args, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, output: stdout + stderr });
      else reject(error ?? new Error('promtool could not be run'));
    });
  });
}

test.each(ruleFiles)('rules/$file is valid', async ({ file }) => {
  const { code, output } = await promtool('check', 'rules', repositoryPath(`prometheus/rules/${file}`));
  expect(output).toMatch(/SUCCESS: \d+ rules found/);
  expect(code, output).toBe(0);
});

test('vmalert of VictoriaMetrics accepts the rules', () => {
  const rules = repositoryPath('prometheus/rules/*.yml');
  // It throws if vmalert fails, with its output.
  const output = execFileSync('vmalert', ['-dryRun', `-rule=${rules}`], { encoding: 'utf8', stdio: 'pipe' });
  expect(output).toBe('');
});

test.each(ruleTestFiles)(
  'tests/$file: alerts fire, stay silent and resolve as they should',
  async ({ file }) => {
    const { code, output } = await promtool('test', 'rules', repositoryPath(`prometheus/tests/${file}`));
    expect(output).toContain('SUCCESS');
    expect(code, output).toBe(0);
  },
);

test('every rule file is broken in some way below', () => {
  expect(Object.keys(ruleMutations)).toEqual(ruleFiles.map(({ file }) => file));
});

describe.each(Object.entries(ruleMutations))('rules/%s', (file, mutations) => {
  const tests = ruleTestFiles.filter(({ rule_files: files }) => files.at(-1) === `../rules/${file}`);

  test.concurrent.for(mutations)('without “%s” the tests fail', async ([, from, to], { onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'broken-rules-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(repositoryPath('prometheus'), folder, { recursive: true });
    const path = join(folder, 'rules', file);
    const rules = readFileSync(path, 'utf8');
    expect(rules).toContain(from);
    writeFileSync(path, rules.replaceAll(from, to));

    // It must fail for what it says, and not because it says nothing.
    const check = await promtool('check', 'rules', path);
    expect(check.code, check.output).toBe(0);
    const runs = await Promise.all(
      tests.map((one) => promtool('test', 'rules', join(folder, 'tests', one.file))),
    );
    expect(runs.map(({ code }) => code)).toContain(1);
    expect(runs.map(({ output }) => output).join('\n')).toContain('FAILED');
  });
});
