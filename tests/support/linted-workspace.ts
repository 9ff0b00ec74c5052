import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A git repository of `files` files with two fixable issues each. Removed after the test. */
export function createLintedWorkspace(files: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write('package.json', JSON.stringify({ name: 'sample', version: '1.2.3' }));
  write('CHANGELOG.md', '# Changelog\n\n## [1.2.3]\n');
  for (let i = 0; i < files; i++) {
    write(`src/file-${i}.ts`, `export const first: Number = ${i};\nexport const second: Number = first;\n`);
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, stdio: 'ignore' });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', 'all');
  return directory;
}
