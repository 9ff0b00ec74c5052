import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { ExporterError } from '../../../errors.ts';
import { LIMITS, type LimitName } from '../../../monitor/limits.ts';
import { describeUnreadable, isUnreadable } from '../../unreadable.ts';
import { readBounded } from './bounded-read.ts';
import type { Folder, FolderEntry } from './folder.ts';
import { IgnoreRules, type GitIgnores } from './ignore-rules.ts';

export const SOURCE_EXTENSIONS = ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx'];
const SOURCE_FILE = new RegExp(`\\.(${SOURCE_EXTENSIONS.join('|')})$`);
const NEVER_SEARCHED = new Set(['node_modules', '.git']);
// A line break in a name could forge lines of a diff or of a list. A name that is not UTF-8 cannot be opened again.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\uFFFD]/u;

const LINKED_WORKTREE = /^gitdir: .*[\\/]worktrees[\\/][^\\/]+\s*$/;
const MAX_GIT_FILE_BYTES = 4096;

type ReportLimit = (limit: LimitName) => Promise<void>;

export function isSourceFile(path: string): boolean {
  return SOURCE_FILE.test(path) && !UNPRINTABLE.test(path);
}

/**
 * Finds the source files that git does not ignore, sorted. Symlinks are not followed.
 *
 * @param within - the folders to search; null for all
 * @throws ExporterError `worker_limit`
 */
export async function findSourceFiles(
  { root, folder, reportLimit: onLimit, unreadable }: SearchedWorkspace,
  within: readonly string[] | null,
  git: GitIgnores,
  bounds: SearchBounds = DEFAULT_BOUNDS,
): Promise<string[]> {
  const rules = await IgnoreRules.around(root, git, onLimit);
  const search = new SourceSearch(within, { onLimit, unreadable }, bounds);
  await search.visit(folder, '', rules);
  await search.addTracked(root, git.tracked);
  return search.found.toSorted();
}

interface SearchedWorkspace {
  readonly root: string;
  readonly folder: Folder;
  readonly reportLimit: ReportLimit;
  /** Receives why files and folders cannot be read. The paths of folders end in `/`. */
  readonly unreadable: Map<string, string>;
}

interface SearchBounds {
  readonly files: number;
  readonly entries: number;
}

const DEFAULT_BOUNDS: SearchBounds = {
  files: LIMITS.workspace_files.max,
  entries: LIMITS.workspace_entries.max,
};

function isNeverSearched(path: string): boolean {
  const parts = path.toLowerCase().split('/');
  return parts.length > LIMITS.workspace_depth.max || parts.some((part) => NEVER_SEARCHED.has(part));
}

function isGitFile({ name, kind }: FolderEntry): boolean {
  return name === '.git' && kind === 'file';
}

/** Whether a folder is another working tree of a repository: the same files, for other work. */
async function isLinkedWorktree(folder: Folder): Promise<boolean> {
  const file = await folder.openFile('.git').catch(() => null);
  if (!file) return false;
  try {
    const outcome = await readBounded(file, MAX_GIT_FILE_BYTES);
    return typeof outcome !== 'string' && LINKED_WORKTREE.test(outcome.bytes.toString('utf8'));
  } finally {
    await file.close();
  }
}

class SourceSearch {
  readonly found: string[] = [];
  readonly #within: readonly string[] | null;
  readonly #onLimit: ReportLimit;
  readonly #unreadable: SearchedWorkspace['unreadable'];
  readonly #bounds: SearchBounds;
  #entries = 0;

  constructor(
    within: readonly string[] | null,
    { onLimit, unreadable }: { onLimit: ReportLimit; unreadable: SearchedWorkspace['unreadable'] },
    bounds: SearchBounds,
  ) {
    this.#within = within;
    this.#onLimit = onLimit;
    this.#unreadable = unreadable;
    this.#bounds = bounds;
  }

  /** @param prefix - `''`, or the folder's path with a `/` at its end */
  async visit(folder: Folder, prefix: string, outer: IgnoreRules): Promise<void> {
    const entries = await this.#entriesOf(folder);
    if (prefix !== '' && entries.some(isGitFile) && (await isLinkedWorktree(folder))) return;
    const hasRules = entries.some(({ name, kind }) => name === '.gitignore' && kind === 'file');
    const rules = hasRules ? await this.#rulesIn(folder, prefix, outer) : outer;
    for (const { name, kind } of entries) {
      const path = prefix + name;
      if (kind === 'file') {
        if (isSourceFile(path) && this.#isWanted(path) && !rules.ignores(path)) await this.#add(path);
      } else if (
        !NEVER_SEARCHED.has(name.toLowerCase()) &&
        this.#leadsToWanted(path) &&
        !rules.ignores(`${path}/`)
      ) {
        await this.#enter(folder, name, { path, rules });
      }
    }
  }

  async #rulesIn(folder: Folder, prefix: string, outer: IgnoreRules): Promise<IgnoreRules> {
    try {
      return await outer.inFolder(folder, prefix, this.#onLimit);
    } catch (error) {
      this.#noteUnreadable(`${prefix}.gitignore`, error);
      return outer;
    }
  }

  /** Adds the committed files that the patterns ignore: git does not ignore them. */
  async addTracked(root: string, tracked: readonly string[]): Promise<void> {
    const found = new Set(this.found);
    for (const path of tracked) {
      const isMissing =
        !found.has(path) && isSourceFile(path) && this.#isWanted(path) && !isNeverSearched(path);
      if (isMissing && (await this.#isPlainFile(root, path))) await this.#add(path);
    }
  }

  /** Whether the path leads to a file without symlinks. */
  async #isPlainFile(root: string, path: string): Promise<boolean> {
    const absolute = join(root, path);
    try {
      return (await lstat(absolute)).isFile() && (await realpath(absolute)) === absolute;
    } catch (error) {
      this.#noteUnreadable(path, error);
      return false;
    }
  }

  /** Other errors mean that the entry is gone, or was replaced. */
  #noteUnreadable(path: string, error: unknown): void {
    if (isUnreadable(error)) this.#unreadable.set(path, describeUnreadable(error));
  }

  async #enter(parent: Folder, name: string, { path, rules }: { path: string; rules: IgnoreRules }) {
    if (path.split('/').length > LIMITS.workspace_depth.max) return this.#onLimit('workspace_depth');
    let folder: Folder;
    try {
      folder = await parent.openFolder(name);
    } catch (error) {
      this.#noteUnreadable(`${path}/`, error);
      return;
    }
    try {
      await this.visit(folder, `${path}/`, rules);
    } finally {
      await folder.close();
    }
  }

  async #entriesOf(folder: Folder): Promise<FolderEntry[]> {
    const entries: FolderEntry[] = [];
    for await (const entry of folder.entries()) {
      this.#entries += 1;
      if (this.#entries > this.#bounds.entries) await this.#refuse('workspace_entries');
      if (entry.kind !== 'other') entries.push(entry);
    }
    return entries;
  }

  async #add(path: string): Promise<void> {
    if (this.found.length >= this.#bounds.files) await this.#refuse('workspace_files');
    this.found.push(path);
  }

  async #refuse(limit: 'workspace_files' | 'workspace_entries'): Promise<never> {
    await this.#onLimit(limit);
    const { max, unit } = LIMITS[limit];
    const reason = `the workspace has more than ${max} ${unit} to search; name fewer target_files`;
    throw new ExporterError('worker_limit', reason);
  }

  #isWanted(path: string): boolean {
    return this.#within?.some((folder) => folder === '' || path.startsWith(`${folder}/`)) ?? true;
  }

  #leadsToWanted(path: string): boolean {
    return (
      this.#isWanted(`${path}/`) ||
      (this.#within?.some((folder) => `${folder}/`.startsWith(`${path}/`)) ?? true)
    );
  }
}
