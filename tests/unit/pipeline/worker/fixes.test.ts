import { describe, expect, it } from 'vitest';

import { applyFixes } from '../../../../src/pipeline/worker/fixes.ts';
import type { Issue } from '../../../../src/pipeline/contract/issue.ts';
import { BREAKING_CONFIG } from '../temp-workspace.ts';
import { openLinter } from './lint/open-linter.ts';

async function fix(text: string, limit: number, config?: string, rejected = new Set<string>()) {
  const { lint } = await openLinter(config ? { 'eslint.config.mjs': config } : {}, { isTrusted: true });
  const isParsable = async (code: string) => (await lint('a.js', code))?.isParsable ?? false;
  return applyFixes(text, (await lint('a.js', text))?.issues ?? [], { limit, rejected, isParsable });
}

describe('applying fixes', () => {
  it('fixes are applied in text order up to the limit', async () => {
    const text = 'f(a === NaN);\nf(b === NaN);\nf(c === NaN);\n';
    expect(await fix(text, 2)).toEqual({
      text: 'f(isNaN(a));\nf(isNaN(b));\nf(c === NaN);\n',
      fixed: 2,
      failed: 0,
    });
    expect(await fix(text, 10)).toEqual({
      text: 'f(isNaN(a));\nf(isNaN(b));\nf(isNaN(c));\n',
      fixed: 3,
      failed: 0,
    });
  });

  it('applying fixes keeps a byte order mark and line ends', async () => {
    expect((await fix('\uFEFFf(a === NaN);\r\nf();\r\n', 5)).text).toBe('\uFEFFf(isNaN(a));\r\nf();\r\n');
  });

  it('overlapping and touching fixes are left for the next run', async () => {
    const at = (start: number, end: number): Issue => ({
      line: 1,
      column: 1,
      rule: 'r',
      severity: 'error',
      message: '',
      fix: { start, end, text: 'X' },
    });
    const limits = { limit: 9, rejected: new Set<string>(), isParsable: async () => true };
    expect(await applyFixes('abcdef', [at(3, 4), at(0, 2), at(1, 3), at(2, 3)], limits)).toEqual({
      text: 'XcXef',
      fixed: 2,
      failed: 0,
    });
  });

  it('a fix that breaks the file is rolled back, and the others stay', async () => {
    const text = 'use(outdated);\nuse(broken);\nuse(outdated);\n';
    expect(await fix(text, 10, BREAKING_CONFIG)).toEqual({
      text: 'use(fresh);\nuse(broken);\nuse(fresh);\n',
      fixed: 2,
      failed: 1,
    });
  });

  it('another fix takes the place of a broken one', async () => {
    const outcome = await fix('use(broken);\nuse(outdated);\n', 1, BREAKING_CONFIG);
    expect(outcome).toMatchObject({ fixed: 0, failed: 1 });
    const rejected = new Set<string>();
    await fix('use(broken);\nuse(outdated);\n', 1, BREAKING_CONFIG, rejected);
    expect(await fix('use(broken);\nuse(outdated);\n', 1, BREAKING_CONFIG, rejected)).toEqual({
      text: 'use(broken);\nuse(fresh);\n',
      fixed: 1,
      failed: 0,
    });
  });

  it('a file without fixes stays unchanged', async () => {
    expect(await fix('debugger;\n', 5)).toEqual({ text: 'debugger;\n', fixed: 0, failed: 0 });
  });
});
