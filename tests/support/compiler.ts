import { execFileSync } from 'node:child_process';

import { repositoryPath } from './repository-file.ts';

/** The program of TypeScript 7. `node_modules/.bin/tsc` may be TypeScript 6, which TypeDoc needs. */
export const TSC = repositoryPath('node_modules/@typescript/native/bin/tsc');

const OPTIONS = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];

/**
 * Type-checks programs as a reader of the documentation would.
 *
 * @param files - inside the repository, so that they find the built package by its name
 * @throws Error if a program has type errors, which are printed
 */
export function typeCheck(files: readonly string[]): void {
  const args = [TSC, '--ignoreConfig', ...OPTIONS, '--skipLibCheck', ...files];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}
