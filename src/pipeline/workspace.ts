import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep, win32 } from 'node:path';

import { globby } from 'globby';
import writeFileAtomic from 'write-file-atomic';

import { ExporterError, errorMessage } from '../errors.ts';

/** What reads and changes source files. Paths are relative to the workspace, with `/` between their parts. */
export interface SourceFiles {
  /** The text of a file; null where there is none to work on: it is gone, unreadable, too large or not UTF-8. */
  read(path: string): Promise<string | null>;
  /** @returns false, and changes nothing, where the file no longer holds `before` */
  write(path: string, before: string, after: string): Promise<boolean>;
}

const MAX_SOURCE_BYTES = 1024 * 1024;
const EXTENSIONS = ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx'];
const SOURCE_FILE = new RegExp(`\\.(${EXTENSIONS.join('|')})$`);
const FORBIDDEN_FOLDER = /(^|\/)(node_modules|\.git)(\/|$)/;

/** @throws ExporterError `workspace_unavailable` where `directory` is no folder that can be read */
export async function openWorkspace(directory: string): Promise<Workspace> {
  try {
    const root = await realpath(directory);
    if ((await stat(root)).isDirectory()) return new Workspace(root);
  } catch (error) {
    const reason = `cannot open the workspace "${directory}": ${errorMessage(error)}`;
    throw new ExporterError('workspace_unavailable', reason, { cause: error });
  }
  throw new ExporterError('workspace_unavailable', `the workspace "${directory}" is not a folder`);
}

/** One folder, and nothing outside it: every path is checked again, symlinks resolved, whenever it is used. */
export class Workspace implements SourceFiles {
  readonly root: string;
  #lastWrite: Promise<unknown> = Promise.resolve();

  /** @param root - absolute, without symlinks; see {@link openWorkspace} */
  constructor(root: string) {
    this.root = root;
  }

  /**
   * The JavaScript and TypeScript files that git does not ignore, sorted; of `targets` (files or folders) only,
   * if they are given.
   *
   * @throws ExporterError `outside_workspace`, `target_not_found`
   */
  async sourceFiles(targets?: readonly string[]): Promise<string[]> {
    const all = await globby(`**/*.{${EXTENSIONS.join(',')}}`, {
      cwd: this.root,
      gitignore: true,
      dot: true,
      followSymbolicLinks: false,
      ignore: ['**/node_modules/**', '**/.git/**'],
      suppressErrors: true,
    });
    if (!targets) return all.toSorted();
    const chosen = await Promise.all(targets.map(async (target) => this.#filesOf(target, all)));
    return [...new Set(chosen.flat())].toSorted();
  }

  async read(path: string): Promise<string | null> {
    return this.#readText(path, MAX_SOURCE_BYTES);
  }

  /** Like {@link read}, for files of any size: a lock file may be long. */
  async readWhole(path: string): Promise<string | null> {
    return this.#readText(path, Infinity);
  }

  /**
   * Replaces a whole file atomically and keeps its mode. Writes follow each other, so that what one call of
   * this process wrote is what the next one compares with.
   *
   * @throws ExporterError `outside_workspace` where the path leads outside by now
   */
  async write(path: string, before: string, after: string): Promise<boolean> {
    const written = this.#lastWrite.then(async () => {
      if ((await this.read(path)) !== before) return false;
      await writeFileAtomic(await this.#locate(path), after);
      return true;
    });
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  async #readText(path: string, maxBytes: number): Promise<string | null> {
    try {
      const file = await this.#locate(path);
      const stats = await stat(file);
      if (!stats.isFile() || stats.size > maxBytes) return null;
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
    } catch (error) {
      if (isUnreachable(error) || error instanceof TypeError) return null; // A TypeError says: not UTF-8.
      throw error;
    }
  }

  async #filesOf(target: string, all: readonly string[]): Promise<string[]> {
    const absolute = await this.#resolve(target);
    const path = this.#relative(absolute);
    if (FORBIDDEN_FOLDER.test(path)) {
      throw new ExporterError('target_not_found', `"${target}": node_modules and .git are never looked into`);
    }
    if ((await stat(absolute)).isDirectory()) {
      return path === '' ? [...all] : all.filter((file) => file.startsWith(`${path}/`));
    }
    if (SOURCE_FILE.test(path)) return [path];
    const expected = `expected a folder or a file that ends in ${EXTENSIONS.map((ext) => `.${ext}`).join(' ')}`;
    throw new ExporterError('target_not_found', `"${target}": ${expected}`);
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
      throw new ExporterError(
        'target_not_found',
        `"${target}": no such file or folder in the workspace, or none that can be read`,
        {
          cause: error,
        },
      );
    }
  }

  /** The real place of a path: absolute, symlinks resolved, and inside the root. */
  async #locate(path: string): Promise<string> {
    const absolute = await realpath(join(this.root, path));
    const inside = relative(this.root, absolute);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw new ExporterError('outside_workspace', `"${path}": a symlink leads outside the workspace`);
    }
    return absolute;
  }

  #relative(absolute: string): string {
    return relative(this.root, absolute).split(sep).join('/');
  }
}

const UNREACHABLE = new Set<unknown>(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM']);

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNREACHABLE.has(error.code);
}
