import { askGit, type Repository } from './git-program.ts';

export async function hasCommit(repository: Repository, signal: AbortSignal): Promise<boolean> {
  try {
    await askGit(repository, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal);
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

/** The tags in the history of HEAD; null if the folder is not the top folder of a git repository with a commit. */
export async function tagsOfHistory(repository: Repository, signal: AbortSignal): Promise<string[] | null> {
  try {
    // The tags of a repository that contains the workspace name versions of that repository.
    if ((await askGit(repository, ['rev-parse', '--show-prefix'], signal)).trim() !== '') return null;
    if (!(await hasCommit(repository, signal))) return null;
    const question = ['for-each-ref', '--merged=HEAD', '--format=%(refname:strip=2)', 'refs/tags'] as const;
    return (await askGit(repository, question, signal)).split('\n').filter(Boolean);
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
