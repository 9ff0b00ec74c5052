import { randomBytes } from 'node:crypto';
import { readFileSync, type BigIntStats } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';

import type { Folder } from './folder.ts';

// A changed file is written under a temporary name and then renamed, so that readers never see a part of it. A process
// that is killed in between leaves the temporary file behind. It is written to `.git`, or else to the workspace's top
// folder, under a name that only this program uses, so that it is never beside a source file and can be removed later.
const STRAY_FILE = /^\.mcp-exporter-(\d+)-[0-9a-f]{16}\.tmp$/;
const STALE_AFTER_MS = 60 * 60 * 1000;
const GIT_FOLDER = '.git';
const PERMISSIONS = 0o7777;

export interface Replacement {
  readonly text: string;
  /** The stats of the replaced file, whose mode and owner are kept. */
  readonly stats: BigIntStats;
  /** Checked immediately before the rename. */
  readonly isStillCurrent: () => Promise<boolean>;
}

/** Replaces the file `name` of `folder` atomically. @returns false if the file has changed meanwhile */
export async function replaceFile(
  root: Folder,
  target: { folder: Folder; name: string },
  replacement: Replacement,
): Promise<boolean> {
  const gitFolder = await openGitFolder(root);
  const scratchFolders = gitFolder ? [gitFolder, root] : [root];
  try {
    for (const scratch of scratchFolders) {
      try {
        return await writeAndRename(scratch, target, replacement);
      } catch (error) {
        if (!isWrongFolder(error)) throw error;
      }
    }
    return await writeAndRename(target.folder, target, replacement);
  } finally {
    await gitFolder?.close();
  }
}

/** The folder is read-only, or is on another file system than the file. */
function isWrongFolder(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['EXDEV', 'EACCES', 'EROFS'].includes(String(error.code))
  );
}

/** Removes the temporary files of killed processes. Keeps those of processes that are still running. */
export async function removeStrayFiles(root: Folder): Promise<void> {
  const gitFolder = await openGitFolder(root);
  try {
    await removeStrayFilesIn(root);
    if (gitFolder) await removeStrayFilesIn(gitFolder);
  } finally {
    await gitFolder?.close();
  }
}

/** Null if the workspace has no `.git` folder. */
async function openGitFolder(root: Folder): Promise<Folder | null> {
  return root.openFolder(GIT_FOLDER).catch(() => null);
}

async function writeAndRename(
  scratch: Folder,
  { folder, name }: { folder: Folder; name: string },
  { text, stats, isStillCurrent }: Replacement,
): Promise<boolean> {
  const scratchName = `.mcp-exporter-${process.pid}-${randomBytes(8).toString('hex')}.tmp`;
  const mode = Number(stats.mode) & PERMISSIONS;
  const file = await scratch.createFile(scratchName, mode);
  let isRenamed = false;
  try {
    await file.writeFile(text);
    await file.chown(Number(stats.uid), Number(stats.gid)).catch(() => undefined);
    // After chown, which clears the setuid bits. The umask does not affect chmod.
    await file.chmod(mode);
    await file.sync();
    if (!(await isStillCurrent())) return false;
    await rename(scratch.pathOf(scratchName), folder.pathOf(name));
    isRenamed = true;
    return true;
  } finally {
    await file.close();
    if (!isRenamed) await unlink(scratch.pathOf(scratchName)).catch(() => undefined);
  }
}

async function removeStrayFilesIn(folder: Folder): Promise<void> {
  for await (const { name, kind } of folder.entries()) {
    const pid = STRAY_FILE.exec(name)?.[1];
    if (pid === undefined || kind !== 'file') continue;
    const stats = await folder.statEntry(name).catch(() => null);
    if (stats === null) continue; // Another process has removed it.
    const isStale = Date.now() - Number(stats.mtimeMs) > STALE_AFTER_MS;
    if (isStale || !isRunning(Number(pid))) await unlink(folder.pathOf(name)).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !isZombie(pid);
}

/** Whether a process is a zombie. A container without an init process keeps zombies. */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // Not on Linux, or the process has ended.
    return false;
  }
}
