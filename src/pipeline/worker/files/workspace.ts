import { lstat, realpath, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute, join, relative, sep, win32 } from 'node:path';

import { ExporterError, errorMessage } from '../../../errors.ts';
import { LIMITS, type LimitName } from '../../../monitor/limits.ts';
import { describeUnreadable, isMissing, isNotAFile, isUnreadable } from '../../unreadable.ts';
import { decodeText, readBounded, type ReadOutcome } from './bounded-read.ts';
import { Folder, isSameFile } from './folder.ts';
import { NO_GIT_IGNORES, type GitIgnores } from './ignore-rules.ts';
import { replaceFile } from './scratch-files.ts';
import { findSourceFiles, isSourceFile, SOURCE_EXTENSIONS } from './source-search.ts';

/** Reads and changes source files. Paths are relative to the workspace, with `/` as separator. */
export interface SourceFiles {
  /** The text of a file; null if the file is missing, unreadable, too large or not UTF-8. */
  read(path: string): Promise<string | null>;
  /** @returns false, without a change, if the file's text is not `before` */
  write(path: string, before: string, after: string): Promise<boolean>;
}

type ReportLimit = (limit: LimitName) => Promise<void>;
/** Receives why a file cannot be worked on. */
type OnSkipped = (path: string, reason: string) => void;

const FORBIDDEN_FOLDER = /(^|\/)(node_modules|\.git)(\/|$)/i;

/**
 * @param root - absolute, without symlinks
 * @throws ExporterError `workspace_unavailable` if it cannot be opened anymore
 */
export async function openWorkspace(
  root: string,
  onLimit: ReportLimit = async () => undefined,
  onSkipped: OnSkipped = () => undefined,
): Promise<Workspace> {
  try {
    return new Workspace(root, await Folder.open(root), onLimit, onSkipped);
  } catch (error) {
    const reason = `cannot open the workspace "${root}": ${errorMessage(error)}`;
    throw new ExporterError('workspace_unavailable', reason, { cause: error });
  }
}

/** Access to one folder and nothing outside it. Each part of a path is opened in turn, without following symlinks. */
export class Workspace implements SourceFiles {
  readonly root: string;
  readonly folder: Folder;
  /** Counts a file or a folder that exceeds a limit. */
  readonly reportLimit: ReportLimit;
  readonly onSkipped: OnSkipped;
  /** Why files and folders could not be read, by path. The paths of folders end in `/`. */
  readonly unreadable = new Map<string, string>();

  constructor(
    root: string,
    folder: Folder,
    reportLimit: ReportLimit,
    onSkipped: OnSkipped = () => undefined,
  ) {
    this.root = root;
    this.folder = folder;
    this.reportLimit = reportLimit;
    this.onSkipped = onSkipped;
  }

  /**
   * The JavaScript and TypeScript files that git does not ignore, sorted.
   *
   * @param targets - the files and folders to search; all if omitted
   *
   * @throws ExporterError `outside_workspace`, `target_not_found`, `worker_limit`
   */
  async sourceFiles(targets?: readonly string[], git: GitIgnores = NO_GIT_IGNORES): Promise<string[]> {
    if (!targets) return findSourceFiles(this, null, git);
    const files = new Set<string>();
    const folders = new Set<string>();
    for (const target of targets) {
      const { path, isFolder } = await this.#findTarget(target);
      (isFolder ? folders : files).add(path);
    }
    const found = folders.size === 0 ? [] : await findSourceFiles(this, [...folders], git);
    return [...new Set([...files, ...found])].toSorted();
  }

  async read(path: string): Promise<string | null> {
    const outcome = await this.readFile(path, LIMITS.source_size.max);
    if (outcome === 'too_large') await this.reportLimit('source_size');
    const text = outcome === null || typeof outcome === 'string' ? null : decodeText(outcome.bytes);
    if (text === null && outcome !== 'unreadable') this.onSkipped(path, reasonOf(outcome));
    return text;
  }

  /**
   * Reads a file of at most `maxBytes`; null if it is missing.
   *
   * @throws ExporterError `outside_workspace` if a symlink leads outside
   */
  async readFile(path: string, maxBytes: number): Promise<ReadOutcome | null> {
    try {
      return await this.#withParent(path, async (folder, name) => {
        const file = await folder.openFile(name);
        return readAndClose(file, maxBytes);
      });
    } catch (error) {
      if (isMissing(error)) return (await this.hasEntry(path)) ? 'not_a_file' : null;
      if (isNotAFile(error)) return 'not_a_file';
      if (!isUnreadable(error)) throw error;
      this.unreadable.set(path, describeUnreadable(error));
      return 'unreadable';
    }
  }

  /** Whether there is anything at `path`, such as a broken symlink. */
  async hasEntry(path: string): Promise<boolean> {
    return lstat(join(this.root, path)).then(
      () => true,
      () => false,
    );
  }

  /**
   * Replaces a file atomically, and keeps its mode.
   *
   * @throws ExporterError `outside_workspace` if the path now leads outside
   */
  async write(path: string, before: string, after: string): Promise<boolean> {
    try {
      return await this.#withParent(path, async (folder, name) => {
        const file = await folder.openFile(name);
        const current = await readAndClose(file, LIMITS.source_size.max);
        if (typeof current === 'string' || decodeText(current.bytes) !== before) return false;
        const { stats } = current;
        const isStillCurrent = async () => {
          const now = await folder.statEntry(name);
          return isSameFile(now, stats) && now.mtimeNs === stats.mtimeNs && now.size === stats.size;
        };
        return replaceFile(this.folder, { folder, name }, { text: after, stats, isStillCurrent });
      });
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.folder.close();
  }

  /** Runs `work` with the folder of a file. Each part of its path is opened in turn, from the root. */
  async #withParent<T>(path: string, work: (folder: Folder, name: string) => Promise<T>): Promise<T> {
    const parts = (await this.#locate(path)).split('/');
    const name = parts.pop() ?? '';
    const opened: Folder[] = [];
    try {
      let folder = this.folder;
      for (const part of parts) {
        folder = await folder.openFolder(part);
        opened.push(folder);
      }
      return await work(folder, name);
    } finally {
      for (const folder of opened) await folder.close();
    }
  }

  async #findTarget(target: string): Promise<{ path: string; isFolder: boolean }> {
    const path = await this.#resolve(target);
    const shown = JSON.stringify(target);
    if (FORBIDDEN_FOLDER.test(path)) {
      throw new ExporterError('target_not_found', `${shown}: node_modules and .git are never searched`);
    }
    const stats = await stat(join(this.root, path)).catch(() => null);
    if (stats?.isDirectory()) return { path, isFolder: true };
    if (isSourceFile(path)) return { path, isFolder: false };
    const expected = `expected a folder or a file that ends in ${SOURCE_EXTENSIONS.map((ext) => `.${ext}`).join(' ')}`;
    throw new ExporterError('target_not_found', `${shown}: ${expected}`);
  }

  async #resolve(target: string): Promise<string> {
    const isRelative = !isAbsolute(target) && !win32.isAbsolute(target);
    if (!isRelative || target.includes('\0') || target.split(/[\\/]/).includes('..')) {
      throw new ExporterError(
        'outside_workspace',
        `${JSON.stringify(target)}: expected a path relative to the workspace, without ".."`,
      );
    }
    try {
      return await this.#locate(target);
    } catch (error) {
      if (error instanceof ExporterError) throw error;
      const problem = isUnreadable(error)
        ? `cannot be read: ${describeUnreadable(error)}`
        : 'no such file or folder in the workspace';
      const reason = `${JSON.stringify(target)}: ${problem}`;
      throw new ExporterError('target_not_found', reason, { cause: error });
    }
  }

  /** The real path, relative to the root, with `/` as separator. It can change at any time. */
  async #locate(path: string): Promise<string> {
    const inside = relative(this.root, await realpath(join(this.root, path)));
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      const reason = `${JSON.stringify(path)}: a symlink leads outside the workspace`;
      throw new ExporterError('outside_workspace', reason);
    }
    return inside.split(sep).join('/');
  }
}

function reasonOf(outcome: ReadOutcome | null): string {
  if (outcome === 'too_large') return `larger than ${LIMITS.source_size.max / 1024} KiB`;
  return outcome === null || outcome === 'not_a_file' ? 'it is gone, or is not a file' : 'not UTF-8';
}

async function readAndClose(file: FileHandle, maxBytes: number): Promise<ReadOutcome> {
  try {
    return await readBounded(file, maxBytes);
  } finally {
    await file.close();
  }
}
