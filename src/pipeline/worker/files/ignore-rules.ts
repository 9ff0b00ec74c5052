import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import createIgnore, { type Ignore } from 'ignore';

import { withoutByteOrderMark } from '../../../byte-order-mark.ts';
import { LIMITS, type LimitName } from '../../../monitor/limits.ts';
import { decodeText, readBounded } from './bounded-read.ts';
import type { Folder } from './folder.ts';

const RULES_FILE = '.gitignore';
const {
  O_RDONLY,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
} = constants as Partial<typeof constants> & { O_RDONLY: number };

type ReportLimit = (limit: LimitName) => Promise<void>;

/** What git knows about ignored files besides the `.gitignore` files. */
export interface GitIgnores {
  /** The workspace's path in its repository: `''`, or with a `/` at its end. */
  readonly prefix: string;
  /** Files of patterns, the ones that take precedence last. They need not exist. */
  readonly patternFiles: readonly string[];
  /** Committed paths: git never ignores them, whatever the patterns say. */
  readonly tracked: readonly string[];
}

export const NO_GIT_IGNORES: GitIgnores = { prefix: '', patternFiles: [], tracked: [] };

interface Level {
  /** Prefix to add to a path before it is matched. */
  readonly above: string;
  /** Prefix to remove from a path before it is matched. */
  readonly prefix: string;
  readonly rules: Ignore;
}

/** All patterns of ignored files that apply in a folder; those of deeper .gitignore files take precedence. */
export class IgnoreRules {
  readonly #levels: readonly Level[];

  private constructor(levels: readonly Level[]) {
    this.#levels = levels;
  }

  /** The rules of git's own files of patterns, and of the folders from the top of the repository to the workspace. */
  static async around(root: string, git: GitIgnores, onLimit: ReportLimit): Promise<IgnoreRules> {
    const levels: Level[] = [];
    for (const path of git.patternFiles) {
      const rules = await readRulesAt(path, onLimit);
      if (rules) levels.push({ above: git.prefix, prefix: '', rules });
    }
    return new IgnoreRules([...levels, ...(await levelsAbove(root, onLimit))]);
  }

  /**
   * Adds the rules of a folder. Rejects if their file cannot be opened.
   *
   * @param prefix - `''`, or the folder's path with a `/` at its end
   */
  async inFolder(folder: Folder, prefix: string, onLimit: ReportLimit): Promise<IgnoreRules> {
    const rules = await readRules(await folder.openFile(RULES_FILE), onLimit);
    return rules ? new IgnoreRules([...this.#levels, { above: '', prefix, rules }]) : this;
  }

  /** @param path - relative to the workspace; a folder's ends in `/` */
  ignores(path: string): boolean {
    let isIgnored = false;
    for (const { above, prefix, rules } of this.#levels) {
      const { ignored, unignored } = rules.test(above + path.slice(prefix.length));
      if (ignored) isIgnored = true;
      else if (unignored) isIgnored = false;
    }
    return isIgnored;
  }
}

async function levelsAbove(root: string, onLimit: ReportLimit): Promise<Level[]> {
  const levels: Level[] = [];
  let folder = root;
  let above = '';
  while (!(await exists(join(folder, '.git')))) {
    const parent = dirname(folder);
    if (parent === folder) return []; // Not in a repository.
    above = `${basename(folder)}/${above}`;
    folder = parent;
    const rules = await readRulesAt(join(folder, RULES_FILE), onLimit, O_NOFOLLOW);
    if (rules) levels.unshift({ above, prefix: '', rules });
  }
  return levels;
}

/** Git follows a symlink in place of its own files of patterns, but not in place of a `.gitignore` file. */
async function readRulesAt(path: string, onLimit: ReportLimit, flags = 0): Promise<Ignore | null> {
  const file = await open(path, O_RDONLY | O_NONBLOCK | flags).catch(() => null);
  return file && readRules(file, onLimit);
}

async function readRules(file: FileHandle, onLimit: ReportLimit): Promise<Ignore | null> {
  try {
    const outcome = await readBounded(file, LIMITS.gitignore_size.max);
    if (outcome === 'too_large') await onLimit('gitignore_size');
    if (typeof outcome === 'string') return null;
    const text = decodeText(outcome.bytes);
    return text === null ? null : createIgnore({ allowRelativePaths: true }).add(withoutByteOrderMark(text));
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
