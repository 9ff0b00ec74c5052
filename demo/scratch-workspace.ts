import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withoutSecrets } from '../src/settings/config.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['src', 'package.json', 'package-lock.json', 'CHANGELOG.md'];

/** More mistakes than one cycle fixes, so that the pipeline runs several cycles. */
const MISTAKES = 24;

/**
 * A copy of this repository's source and a file with mistakes, in its own git repository. The demo may change it.
 */
export function createScratchWorkspace() {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-demo-'));
  for (const name of COPIED) cpSync(join(REPOSITORY, name), join(directory, name), { recursive: true });
  const mistakes = Array.from({ length: MISTAKES }, (_, i) => `export const mistake${i}: Number = ${i};\n`);
  writeFileSync(join(directory, 'src', 'mistakes.ts'), mistakes.join(''));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: directory, stdio: 'ignore', env: withoutSecrets(process.env) });
  const author = ['-c', 'user.name=demo', '-c', 'user.email=demo@localhost', '-c', 'commit.gpgsign=false'];
  git('init', '--quiet');
  git('add', '--all');
  git(...author, 'commit', '--quiet', '--message', 'The source and some mistakes');
  return {
    directory,
    /** Reverts all fixes. */
    reset: () => void git('checkout', '--quiet', '--', '.'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export type ScratchWorkspace = ReturnType<typeof createScratchWorkspace>;
