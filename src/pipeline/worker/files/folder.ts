import { constants, existsSync, type BigIntStats } from 'node:fs';
import { lstat, open, opendir, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { ExporterError } from '../../../errors.ts';

// Windows does not have these flags.
const {
  O_RDONLY,
  O_WRONLY,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_DIRECTORY = 0,
} = constants as Partial<typeof constants> &
  Pick<typeof constants, 'O_RDONLY' | 'O_WRONLY' | 'O_CREAT' | 'O_EXCL'>;

/** On Linux, `/proc/self/fd/N/name` is the entry `name` of the folder with descriptor N, even if the folder has moved. */
const HAS_DESCRIPTOR_PATHS = process.platform === 'linux' && existsSync('/proc/self/fd');

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
}

/**
 * An open folder. On Linux, its entries are opened relative to its descriptor, and symlinks are never followed, so that
 * no other process can replace a folder or a file between check and use. Other systems do not have paths relative to a
 * descriptor. There, an opened file is compared with the file at its path. This leaves a race for writes: a folder can
 * be replaced between the comparison and the rename.
 */
export class Folder {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #hasDescriptorPaths: boolean;

  private constructor(handle: FileHandle, path: string, hasDescriptorPaths: boolean) {
    this.#handle = handle;
    this.#path = path;
    this.#hasDescriptorPaths = hasDescriptorPaths;
  }

  /** @param path - absolute, without symlinks */
  static async open(path: string, hasDescriptorPaths: boolean = HAS_DESCRIPTOR_PATHS): Promise<Folder> {
    const flags = O_RDONLY | O_DIRECTORY;
    const handle = hasDescriptorPaths ? await openOnly(path, flags) : await openAndCompare(path, flags);
    return new Folder(handle, path, hasDescriptorPaths);
  }

  /** @throws ExporterError `outside_workspace` if a symlink has replaced the folder */
  async openFolder(name: string): Promise<Folder> {
    const path = join(this.#path, name);
    const handle = await this.#open(name, O_RDONLY | O_DIRECTORY);
    return new Folder(handle, path, this.#hasDescriptorPaths);
  }

  /**
   * Opens an entry to read it. Does not block on a named pipe. The caller checks the type of the opened file.
   *
   * @throws ExporterError `outside_workspace` if a symlink has replaced the file
   */
  async openFile(name: string): Promise<FileHandle> {
    return this.#open(name, O_RDONLY);
  }

  /** Creates a new file. Fails if it exists. */
  async createFile(name: string, mode: number): Promise<FileHandle> {
    return open(this.pathOf(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  }

  /** The path of an entry, for operations that do not follow a symlink at the end of a path, such as a rename. */
  pathOf(name: string): string {
    return join(this.#hasDescriptorPaths ? `/proc/self/fd/${this.#handle.fd}` : this.#path, name);
  }

  async statEntry(name: string): Promise<BigIntStats> {
    return lstat(this.pathOf(name), { bigint: true });
  }

  async *entries(): AsyncGenerator<FolderEntry> {
    for await (const entry of await opendir(this.pathOf('.'))) {
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
      yield { name: entry.name, kind };
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** An entry may have been a symlink only while it was opened, which failed with ELOOP. */
  async #isSymlink(name: string, error: unknown): Promise<boolean> {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') return true;
    return (await this.statEntry(name).catch(() => null))?.isSymbolicLink() === true;
  }

  async #open(name: string, flags: number): Promise<FileHandle> {
    try {
      const path = this.pathOf(name);
      return this.#hasDescriptorPaths ? await openOnly(path, flags) : await openAndCompare(path, flags);
    } catch (error) {
      if (!(await this.#isSymlink(name, error))) throw error;
      const reason = `"${name}": a symlink has taken its place, so it may lead outside the workspace`;
      throw new ExporterError('outside_workspace', reason, { cause: error });
    }
  }
}

async function openOnly(path: string, flags: number): Promise<FileHandle> {
  return open(path, flags | O_NOFOLLOW | O_NONBLOCK);
}

/** Opens a path, and closes and refuses the file if the path contains a symlink. */
async function openAndCompare(path: string, flags: number): Promise<FileHandle> {
  const handle = await openOnly(path, flags);
  try {
    const [opened, found] = await Promise.all([handle.stat({ bigint: true }), lstat(path, { bigint: true })]);
    if ((await realpath(path)) === path && isSameFile(opened, found)) return handle;
  } catch {
    // A deleted file has changed as well.
  }
  await handle.close();
  throw new ExporterError('outside_workspace', `"${path}" was replaced while it was opened`);
}

export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}
