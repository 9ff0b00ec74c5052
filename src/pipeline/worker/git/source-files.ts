import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { NO_GIT_IGNORES, type GitIgnores } from '../files/ignore-rules.ts';
import type { Workspace } from '../files/workspace.ts';
import { GitFailure } from './git-failure.ts';
import { askGit, type Repository } from './git-program.ts';

/**
 * The source files of the workspace, without the ones that git ignores.
 *
 * @throws ExporterError `outside_workspace`, `target_not_found`, `worker_limit`
 */
export async function findSourceFiles(
  workspace: Workspace,
  signal: AbortSignal,
  targets?: readonly string[],
): Promise<string[]> {
  return workspace.sourceFiles(targets, await findGitIgnores(workspace, signal));
}

/** Nothing if git cannot answer: then only the `.gitignore` files apply. */
async function findGitIgnores(repository: Repository, signal: AbortSignal): Promise<GitIgnores> {
  const place = await answerOf(
    repository,
    ['rev-parse', '--show-prefix', '--git-path', 'info/exclude'],
    signal,
  );
  const [prefix = '', exclude] = place?.split('\n') ?? [];
  if (!exclude) return NO_GIT_IGNORES;
  const { root } = repository;
  const top = resolve(root, '../'.repeat(prefix.split('/').length - 1));
  const ofUser = await answerOf(repository, ['config', '--type=path', '--get', 'core.excludesFile'], signal);
  const listing = await answerOf(repository, ['ls-tree', '-r', '-z', '--name-only', 'HEAD'], signal);
  return {
    prefix,
    patternFiles: [
      ofUser === null ? defaultExcludesFile() : resolve(top, ofUser.replace(/\n$/, '')),
      resolve(root, exclude),
    ],
    tracked: listing?.split('\0').filter(Boolean) ?? [],
  };
}

async function answerOf(
  repository: Repository,
  question: Parameters<typeof askGit>[1],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await askGit(repository, question, signal);
  } catch (error) {
    if (error instanceof GitFailure) return null;
    throw error;
  }
}

/** What git reads if `core.excludesFile` is not set. */
function defaultExcludesFile(): string {
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'git', 'ignore');
}
