import { realpath, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute, join, relative, sep, win32 } from 'node:path';

import { ExporterError, errorMessage } from '../../../errors.ts';
import { LIMITS, type LimitName } from '../../../monitor/limits.ts';
import { decodeText, readBounded, type ReadOutcome } from './bounded-read.ts';
import { Folder, isSameFile } from './folder.ts';
import { replaceFile } from './scratch-files.ts';
import { findSourceFiles, isSourceFile, SOURCE_EXTENSIONS } from './source-search.ts';

/** What reads and changes source files. Paths are relative to the workspace, with `/` between their parts. */
export interface SourceFiles {
  /** The text of a file; null if there is none to work on: it is gone, unreadable, too large or not UTF-8. */
  read(path: string): Promise<string | null>;
  /** @returns false, and changes nothing, if the file no longer holds `before` */
  write(path: string, before: string, after: string): Promise<boolean>;
}

type ReportLimit = (limit: LimitName) => Promise<void>;

const FORBIDDEN_FOLDER = /(^|\/)(node_modules|\.git)(\/|$)/i;

/**
 * @param root - absolute, without symlinks
 * @throws ExporterError `workspace_unavailable` if it cannot be opened anymore
 */
export async function openWorkspace(
  root: string,
  onLimit: ReportLimit = async () => undefined,
): Promise<Workspace> {
  try {
    return new Workspace(root, await Folder.open(root), onLimit);
  } catch (error) {
    const reason = `cannot open the workspace "${root}": ${errorMessage(error)}`;
    throw new ExporterError('workspace_unavailable', reason, { cause: error });
  }
}

/** One folder, and nothing outside it: each file is opened part by part from the folder on, without symlinks. */
export class Workspace implements SourceFiles {
  readonly root: string;
  readonly folder: Folder;
  /** Counts that a file or a folder exceeds a limit. */
  readonly reportLimit: ReportLimit;

  constructor(root: string, folder: Folder, reportLimit: ReportLimit) {
    this.root = root;
    this.folder = folder;
    this.reportLimit = reportLimit;
  }

  /**
   * The JavaScript and TypeScript files that git does not ignore, sorted; only those of `targets` (files or folders),
   * if they are given.
   *
   * @throws ExporterError `outside_workspace`, `target_not_found`, `worker_limit`
   */
  async sourceFiles(targets?: readonly string[]): Promise<string[]> {
    if (!targets) return findSourceFiles(this, null, this.reportLimit);
    const files = new Set<string>();
    const folders = new Set<string>();
    for (const target of targets) {
      const { path, isFolder } = await this.#findTarget(target);
      (isFolder ? folders : files).add(path);
    }
    const found = folders.size === 0 ? [] : await findSourceFiles(this, [...folders], this.reportLimit);
    return [...new Set([...files, ...found])].toSorted();
  }

  async read(path: string): Promise<string | null> {
    const outcome = await this.readFile(path, LIMITS.source_size.max);
    if (outcome === 'too_large') await this.reportLimit('source_size');
    return outcome === null || typeof outcome === 'string' ? null : decodeText(outcome.bytes);
  }

  /**
   * Reads a file of at most `maxBytes`; null if there is none that can be read.
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
      if (isUnreachable(error)) return null;
      throw error;
    }
  }

  /**
   * Replaces a whole file at once, and keeps its mode.
   *
   * @throws ExporterError `outside_workspace` if the path leads outside by now
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

  /** Runs `work` with the folder of a file, which is opened part by part from the root on. */
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
      if (!isUnreachable(error)) throw error;
      const reason = `${JSON.stringify(target)}: no such file or folder in the workspace, or it cannot be read`;
      throw new ExporterError('target_not_found', reason, { cause: error });
    }
  }

  /** The real path, relative to the root, with `/` between its parts. It may be another one a moment later. */
  async #locate(path: string): Promise<string> {
    const inside = relative(this.root, await realpath(join(this.root, path)));
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      const reason = `${JSON.stringify(path)}: a symlink leads outside the workspace`;
      throw new ExporterError('outside_workspace', reason);
    }
    return inside.split(sep).join('/');
  }
}

async function readAndClose(file: FileHandle, maxBytes: number): Promise<ReadOutcome> {
  try {
    return await readBounded(file, maxBytes);
  } finally {
    await file.close();
  }
}

const MISSING = new Set<unknown>(['ENOENT', 'ENOTDIR']);
// ENXIO: a socket.
const UNREACHABLE = new Set<unknown>([
  ...MISSING,
  'ELOOP',
  'ENAMETOOLONG',
  'EACCES',
  'EPERM',
  'ENXIO',
  'EISDIR',
]);

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && MISSING.has(error.code);
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNREACHABLE.has(error.code);
}
