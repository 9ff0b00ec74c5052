import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { ExporterError, errorMessage } from '../errors.ts';

const run = promisify(execFile);

/**
 * The files that differ from the last commit, and the new ones that are not ignored, relative to `root`.
 * Deleted ones are left out; before the first commit every file counts as new.
 *
 * @throws ExporterError `not_a_git_repository`
 */
export async function changedFiles(root: string, signal: AbortSignal): Promise<string[]> {
  try {
    await git(root, ['rev-parse', '--is-inside-work-tree'], signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ExporterError(
      'not_a_git_repository',
      `the workspace is not in a git repository that can be read, so nothing tells which files changed; ` +
        `scan all of it with comprehensive: true (${errorMessage(error).trim()})`,
      { cause: error },
    );
  }
  if (!(await hasCommit(root, signal))) {
    return pathsOf(await git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], signal));
  }
  const changed = [
    'diff',
    '--name-only',
    '-z',
    '--relative',
    '--no-ext-diff',
    '--diff-filter=d',
    'HEAD',
    '--',
    '.',
  ];
  const untracked = ['ls-files', '-z', '--others', '--exclude-standard'];
  return [...pathsOf(await git(root, changed, signal)), ...pathsOf(await git(root, untracked, signal))];
}

/** The tags of HEAD's history; null where `root` is not the top folder of a git repository with a commit. */
export async function tagsOfHistory(root: string, signal: AbortSignal): Promise<string[] | null> {
  try {
    // Tags of a repository around the workspace speak of that repository's versions.
    if ((await git(root, ['rev-parse', '--show-prefix'], signal)).trim() !== '') return null;
    if (!(await hasCommit(root, signal))) return null;
    return (await git(root, ['tag', '--list', '--merged', 'HEAD'], signal)).split('\n').filter(Boolean);
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}

async function hasCommit(root: string, signal: AbortSignal): Promise<boolean> {
  try {
    await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal);
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

/** Runs git without a shell, without taking locks, and without the repository's hooks. */
async function git(root: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const safely = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  const options = { cwd: root, signal, timeout: 30_000, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run('git', [...safely, ...args], options);
  return stdout;
}

function pathsOf(stdout: string): string[] {
  return stdout.split('\0').filter(Boolean);
}
