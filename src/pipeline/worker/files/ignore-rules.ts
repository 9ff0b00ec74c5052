import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import createIgnore, { type Ignore } from 'ignore';

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

interface Level {
  /** Prefix to add to a path before it is matched. */
  readonly above: string;
  /** Prefix to remove from a path before it is matched. */
  readonly prefix: string;
  readonly rules: Ignore;
}

/** The patterns of all .gitignore files that apply in a folder; deeper ones take precedence. */
export class IgnoreRules {
  readonly #levels: readonly Level[];

  private constructor(levels: readonly Level[]) {
    this.#levels = levels;
  }

  /** Reads the rules of the folders above the workspace, up to the top of its repository. */
  static async above(root: string, onLimit: ReportLimit): Promise<IgnoreRules> {
    const levels: Level[] = [];
    let folder = root;
    let above = '';
    while (!(await exists(join(folder, '.git')))) {
      const parent = dirname(folder);
      if (parent === folder) return new IgnoreRules([]); // The workspace is not in a repository.
      above = `${basename(folder)}/${above}`;
      folder = parent;
      const file = await open(join(folder, RULES_FILE), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null);
      const rules = file && (await readRules(file, onLimit));
      if (rules) levels.unshift({ above, prefix: '', rules });
    }
    return new IgnoreRules(levels);
  }

  /** @param prefix - `''`, or the folder's path with a `/` at its end */
  async inFolder(folder: Folder, prefix: string, onLimit: ReportLimit): Promise<IgnoreRules> {
    const file = await folder.openFile(RULES_FILE).catch(() => null);
    const rules = file && (await readRules(file, onLimit));
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

async function readRules(file: FileHandle, onLimit: ReportLimit): Promise<Ignore | null> {
  try {
    const outcome = await readBounded(file, LIMITS.gitignore_size.max);
    if (outcome === 'too_large') await onLimit('gitignore_size');
    if (typeof outcome === 'string') return null;
    const text = decodeText(outcome.bytes);
    return text === null ? null : createIgnore({ allowRelativePaths: true }).add(text.replace(/^\uFEFF/, ''));
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
