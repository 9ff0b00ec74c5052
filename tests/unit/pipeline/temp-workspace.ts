import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

export interface TempWorkspace {
  readonly root: string;
  readonly write: (path: string, text: string | Uint8Array) => void;
  readonly read: (path: string) => string;
  readonly git: (...args: string[]) => string;
  /** Creates a git repository if needed, and commits all files. */
  readonly commit: () => void;
}

/** A folder with `files`. Removed after the test. */
export function tempWorkspace(files: Record<string, string | Uint8Array> = {}): TempWorkspace {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipeline-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const workspace: TempWorkspace = {
    root,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    git: (...args) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    commit() {
      workspace.git('init', '--quiet');
      workspace.git('add', '--all');
      workspace.git('commit', '--quiet', '--message', 'all', '--allow-empty');
    },
  };
  for (const [path, text] of Object.entries(files)) workspace.write(path, text);
  return workspace;
}

/** Installs ESLint in a workspace. */
export function installEslint({ root }: TempWorkspace): void {
  const eslint = dirname(createRequire(import.meta.url).resolve('eslint/package.json'));
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  symlinkSync(eslint, join(root, 'node_modules/eslint'));
}

/**
 * An ESLint configuration with two rules: one has a fix that breaks the file (for the name `broken`), the other has a
 * correct fix (for the name `outdated`).
 */
export const BREAKING_CONFIG = `
const renaming = (from, to) => ({
  meta: { fixable: 'code', schema: [] },
  create: (context) => ({
    Identifier(node) {
      if (node.name !== from) return;
      context.report({ node, message: 'rename ' + from, fix: (fixer) => fixer.replaceText(node, to) });
    },
  }),
});
const plugin = { rules: { breaking: renaming('broken', '((('), renewing: renaming('outdated', 'fresh') } };
export default [{ plugins: { local: plugin }, rules: { 'local/breaking': 'error', 'local/renewing': 'warn' } }];
`;

/** {@link BREAKING_CONFIG} that also stops each write before its end, so that the temporary file remains. */
export const STALLING_CONFIG = `
import { open } from 'node:fs/promises';
const file = await open(import.meta.filename);
Object.getPrototypeOf(file).sync = () => new Promise(() => {});
await file.close();
${BREAKING_CONFIG}
`;
