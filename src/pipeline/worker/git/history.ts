import { askGit } from './git-program.ts';

export async function hasCommit(root: string, signal: AbortSignal): Promise<boolean> {
  try {
    await askGit(root, 'rev-parse', ['--verify', '--quiet', 'HEAD'], signal);
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

/** The tags of HEAD's history; null if `root` is not the top folder of a git repository with a commit. */
export async function tagsOfHistory(root: string, signal: AbortSignal): Promise<string[] | null> {
  try {
    // Tags of a repository around the workspace name that repository's versions.
    if ((await askGit(root, 'rev-parse', ['--show-prefix'], signal)).trim() !== '') return null;
    if (!(await hasCommit(root, signal))) return null;
    const args = ['--merged=HEAD', '--format=%(refname:strip=2)', 'refs/tags'];
    return (await askGit(root, 'for-each-ref', args, signal)).split('\n').filter(Boolean);
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
