import { createHash } from 'node:crypto';

import { ExporterError } from '../../../errors.ts';
import { LIMITS } from '../../../monitor/limits.ts';
import type { Workspace } from '../files/workspace.ts';
import { GitFailure } from './git-failure.ts';
import { askGit, type Repository } from './git-program.ts';
import { hasCommit } from './history.ts';

const SHA256_HEX_LENGTH = 64;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The workspace's content in the last commit. */
interface Committed {
  readonly blobs: ReadonlyMap<string, string>;
  /** Submodules, whose files belong to other repositories. */
  readonly submodules: readonly string[];
}

/**
 * Finds the `paths` that are new or differ from the last commit. Before the first commit, all are new.
 *
 * Git would run the workspace's filters to compare a file. Therefore the file is hashed here: once as it is, and once
 * with the line endings that git stores if it converts them (`core.autocrlf`, `eol=crlf`). A file that another filter
 * converts counts as changed.
 *
 * @throws ExporterError `not_a_git_repository`, `git_failed`, `worker_limit`
 */
export async function changedFiles(
  workspace: Workspace,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const committed = await readCommitted(workspace, signal);
  const changed: string[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    if (committed.submodules.some((folder) => path.startsWith(`${folder}/`))) continue;
    const blob = committed.blobs.get(path);
    if (blob === undefined || (await differs(workspace, path, blob))) changed.push(path);
  }
  return changed;
}

async function readCommitted(repository: Repository, signal: AbortSignal): Promise<Committed> {
  const blobs = new Map<string, string>();
  const submodules: string[] = [];
  for (const [mode, objectId, path] of await listCommitted(repository, signal)) {
    if (mode === '160000') submodules.push(path);
    else blobs.set(path, objectId);
  }
  return { blobs, submodules };
}

async function listCommitted(
  repository: Repository,
  signal: AbortSignal,
): Promise<[string, string, string][]> {
  try {
    await askGit(repository, ['rev-parse', '--git-dir'], signal);
    if (!(await hasCommit(repository, signal))) return [];
    const listing = await askGit(repository, ['ls-tree', '-r', '-z', 'HEAD'], signal);
    return listing
      .split('\0')
      .filter(Boolean)
      .map((entry) => {
        const [info, path] = splitOnce(entry, '\t');
        const [mode = '', , objectId = ''] = info.split(' ');
        return [mode, objectId, path];
      });
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    throw new ExporterError(
      error.kind === 'no_repository' ? 'not_a_git_repository' : 'git_failed',
      `the changed files are unknown, because ${error.message}; scan all files with comprehensive: true`,
      { cause: error },
    );
  }
}

async function differs(workspace: Workspace, path: string, blob: string): Promise<boolean> {
  const file = await workspace.readFile(path, LIMITS.source_size.max);
  // The scan reports unreadable files.
  if (file === null || typeof file === 'string') return true;
  if (blobId(file.bytes, blob) === blob) return false;
  return !file.bytes.includes('\r\n') || blobId(withLineFeeds(file.bytes), blob) !== blob;
}

/** Git's object id of a file with these bytes. Uses the hash algorithm of the id `like`. */
function blobId(bytes: Uint8Array, like: string): string {
  const algorithm = like.length === SHA256_HEX_LENGTH ? 'sha256' : 'sha1';
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function withLineFeeds(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, index) => byte !== CARRIAGE_RETURN || bytes[index + 1] !== LINE_FEED);
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
