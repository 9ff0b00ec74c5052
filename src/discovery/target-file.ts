import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

import writeFileAtomic from 'write-file-atomic';

import { ExporterError } from '../errors.ts';
import { announcedOn, isReplaceable, targetFile, type Announced, type Announcer } from './target-group.ts';

const LABEL_NAME = /^[A-Z_a-z]\w*$/;
/** Readable by Prometheus, which may run as another user, whatever the umask. */
const MODE = 0o644;
const NO_TARGETS = '[]\n';
const IN_PLACE_ONLY = new Set<unknown>(['EBUSY', 'EXDEV']);
const OWN_NAME = /^mcp-exporter-.*\.json$/;

interface AnnounceOptions {
  /** An existing folder that Prometheus watches. Several processes may share it. */
  readonly folder: string;
  /** The `host:port` that Prometheus can reach. */
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @defaultValue this process */
  readonly pid?: number;
  readonly isAlive?: (pid: number) => boolean;
}

/**
 * Writes a target file into a folder for Prometheus' file-based discovery. Removes the files of dead processes on this
 * host. Keeps the files of other hosts and other programs.
 *
 * The file name contains the process id, so that a live process cannot replace an abandoned file before it is removed.
 *
 * @returns a function that removes the file. It never throws and is idempotent.
 * @throws ExporterError `discovery_failed` if the folder does not exist or cannot be written
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
 */
export function announceTarget(options: AnnounceOptions): () => void {
  const { target, labels, pid = process.pid, isAlive = isProcessAlive } = options;
  const wrongName = Object.keys(labels).find((name) => !LABEL_NAME.test(name));
  if (wrongName !== undefined) {
    throw new TypeError(`expected label names like server_name, received ${JSON.stringify(wrongName)}`);
  }
  const folder = resolve(options.folder);
  const by: Announcer = { pid, host: hostname(), startedMs: Math.round(performance.timeOrigin) };
  const file = join(folder, fileName(by, target));
  const isAbandoned = (other: Announced) =>
    other.pid === pid ? other.startedMs !== by.startedMs : !isAlive(other.pid);
  // This process now owns the port, so another process's file for the same target is outdated.
  const isReplaced = (other: Announced) => other.target === target;

  expectFolder(folder);
  attempt(`cannot read the folder ${folder}`, () =>
    removeFiles(folder, by.host, (other) => isAbandoned(other) || isReplaced(other)),
  );
  const content = `${JSON.stringify(targetFile(target, labels, by), null, 2)}\n`;
  attempt(`cannot write ${file}`, () => {
    expectReplaceable(file);
    write(file, content);
  });

  let isWithdrawn = false;
  return () => {
    if (isWithdrawn) return;
    isWithdrawn = true;
    try {
      remove(file);
      removeFiles(folder, by.host, isAbandoned);
    } catch {
      // The next process that announces a target removes the file.
    }
  };
}

/** A readable name with characters that are valid on every file system. */
function fileName({ host, pid }: Announcer, target: string): string {
  const port = target.slice(target.lastIndexOf(':') + 1);
  return `mcp-exporter-${host}-${pid}-${port}.json`.replaceAll(/[^\w.-]/g, '_');
}

/** Does not create the folder, because the path may be mistyped. Node's mkdir also never returns for paths below /proc. */
function expectFolder(folder: string): void {
  const stats = attempt(`cannot read the folder ${folder}`, () =>
    statSync(folder, { throwIfNoEntry: false }),
  );
  if (stats?.isDirectory()) return;
  const problem = stats ? `${folder} is not a folder` : `the folder ${folder} does not exist`;
  throw new ExporterError('discovery_failed', problem);
}

/** Another program may be writing the file, or it contains that program's targets. */
function expectReplaceable(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })) return;
  if (isReplaceable(readFileSync(file, 'utf8'))) return;
  throw new Error('it contains the targets of another program, or is incomplete');
}

function write(file: string, content: string): void {
  orInPlace(file, content, () => writeFileAtomic.sync(file, content, { mode: MODE }));
}

function remove(file: string): void {
  orInPlace(file, NO_TARGETS, () => rmSync(file, { force: true }));
}

/** A file that is a mount point can be neither replaced nor removed. */
function orInPlace(file: string, content: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!IN_PLACE_ONLY.has((error as NodeJS.ErrnoException).code)) throw error;
    writeFileSync(file, content);
    chmodSync(file, MODE);
  }
}

/** Removes matching files of processes on `host`. Keeps unreadable files. */
function removeFiles(folder: string, host: string, isRemovable: (announced: Announced) => boolean): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // Skips pipes, because reading one would block.
    if (!entry.isFile() || !OWN_NAME.test(entry.name)) continue;
    const file = join(folder, entry.name);
    try {
      const announced = announcedOn(host, JSON.parse(readFileSync(file, 'utf8')));
      if (announced && isRemovable(announced)) remove(file);
    } catch {
      // Another process has removed the file, or it belongs to another user.
    }
  }
}

/** EPERM means that the process is alive but belongs to another user. */
function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The message omits the cause's message, because logs contain both. */
function attempt<Result>(what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new ExporterError('discovery_failed', what, { cause: error });
  }
}
