import { askGit, type Repository } from './git-program.ts';
import { GitFailure } from './git-failure.ts';

export async function hasCommit(repository: Repository, signal: AbortSignal): Promise<boolean> {
  try {
    await askGit(repository, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal);
    return true;
  } catch (error) {
    if (error instanceof GitFailure && error.kind === 'no_answer') return false;
    throw error;
  }
}

export interface TagsOfHistory {
  readonly tags: readonly string[];
  /** A shallow clone ends before the first commit, so tags may be missing. */
  readonly isShallow: boolean;
}

/**
 * The tags of HEAD's history.
 *
 * @throws GitFailure if the folder is not the top folder of a git repository with a commit
 */
export async function tagsOfHistory(repository: Repository, signal: AbortSignal): Promise<TagsOfHistory> {
  const place = ['rev-parse', '--show-prefix', '--is-shallow-repository'] as const;
  const [prefix = '', shallow = ''] = (await askGit(repository, place, signal)).split('\n');
  if (prefix !== '') {
    const reason =
      'the workspace is not the top folder of its git repository, whose tags name its own versions';
    throw new GitFailure('no_answer', reason);
  }
  if (!(await hasCommit(repository, signal)))
    throw new GitFailure('no_answer', 'the git repository has no commit yet');
  const question = ['for-each-ref', '--merged=HEAD', '--format=%(refname:strip=2)', 'refs/tags'] as const;
  const tags = (await askGit(repository, question, signal)).split('\n').filter(Boolean);
  return { tags, isShallow: shallow === 'true' };
}
