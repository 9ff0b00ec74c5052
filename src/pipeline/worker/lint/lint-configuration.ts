import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

import { LIMITS } from '../../../monitor/limits.ts';
import { decodeText } from '../files/bounded-read.ts';
import { openWorkspace } from '../files/workspace.ts';

const FLAT = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((extension) => `eslint.config.${extension}`);
const LEGACY = ['.js', '.cjs', '.yaml', '.yml', '.json', ''].map((extension) => `.eslintrc${extension}`);

/** The name of the workspace's ESLint configuration; null without one. */
export async function findLintConfiguration(root: string): Promise<string | null> {
  for (const file of [...FLAT, ...LEGACY]) {
    if (await exists(join(root, file))) return file;
  }
  return (await hasPackageConfiguration(root)) ? 'eslintConfig in package.json' : null;
}

async function hasPackageConfiguration(root: string): Promise<boolean> {
  const workspace = await openWorkspace(root);
  try {
    const file = await workspace.readFile('package.json', LIMITS.manifest_size.max);
    const text = file === null || typeof file === 'string' ? null : decodeText(file.bytes);
    const manifest: unknown = JSON.parse(text ?? '{}');
    return typeof manifest === 'object' && manifest !== null && Object.hasOwn(manifest, 'eslintConfig');
  } catch {
    // The version checks report a file that is not JSON, or a symlink that leads outside.
    return false;
  } finally {
    await workspace.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
