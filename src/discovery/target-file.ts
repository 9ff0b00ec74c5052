import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

import writeFileAtomic from 'write-file-atomic';

import { ExporterError } from '../errors.ts';
import { announcedOn, targetFile, type Announced, type Announcer } from './target-group.ts';

const LABEL_NAME = /^[A-Z_a-z]\w*$/;
const OWN_NAME = /^mcp-exporter-.*\.json$/;

interface AnnounceOptions {
  /** The folder that Prometheus watches. Many processes may share it. It must exist. */
  readonly folder: string;
  /** `host:port`, as Prometheus reaches it. */
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @defaultValue this process */
  readonly pid?: number;
  readonly isAlive?: (pid: number) => boolean;
}

/**
 * Writes a file of one target into a folder in which Prometheus discovers targets. The files of processes that have
 * died on this host are removed; files of other hosts and of other programs stay.
 *
 * No two processes write the same file: its name has the process id. So a file that is found to be abandoned is not
 * replaced by a live process before it is removed.
 *
 * @returns a function that removes the target's file. It never throws, and does nothing the second time.
 * @throws ExporterError `discovery_failed` if the folder does not exist or cannot be written
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
 */
export function announceTarget(options: AnnounceOptions): () => void {
  const { target, labels, pid = process.pid, isAlive = isProcessAlive } = options;
  const wrongName = Object.keys(labels).find((name) => !LABEL_NAME.test(name));
  if (wrongName !== undefined) {
    throw new TypeError(`expected label names such as server_name, received ${JSON.stringify(wrongName)}`);
  }
  const folder = resolve(options.folder);
  const by: Announcer = { pid, host: hostname(), startedMs: Math.round(performance.timeOrigin) };
  const file = join(folder, fileName(by, target));
  const isAbandoned = (other: Announced) =>
    other.pid === pid ? other.startedMs !== by.startedMs : !isAlive(other.pid);
  // A process that announced the same target has lost its port to this one.
  const isReplaced = (other: Announced) => other.target === target;

  expectFolder(folder);
  attempt(`cannot read the folder ${folder}`, () =>
    removeFiles(folder, by.host, (other) => isAbandoned(other) || isReplaced(other)),
  );
  const content = `${JSON.stringify(targetFile(target, labels, by), null, 2)}\n`;
  attempt(`cannot write ${file}`, () => writeFileAtomic.sync(file, content));

  let isWithdrawn = false;
  return () => {
    if (isWithdrawn) return;
    isWithdrawn = true;
    try {
      rmSync(file, { force: true });
      removeFiles(folder, by.host, isAbandoned);
    } catch {
      // The process exits: the next one to announce a target removes the file.
    }
  };
}

/** Readable, and of characters that every file system takes. */
function fileName({ host, pid }: Announcer, target: string): string {
  const port = target.slice(target.lastIndexOf(':') + 1);
  return `mcp-exporter-${host}-${pid}-${port}.json`.replaceAll(/[^\w.-]/g, '_');
}

/** It is never created: a mistyped path would become a folder, and Node's mkdir never ends below /proc. */
function expectFolder(folder: string): void {
  const stats = attempt(`cannot read the folder ${folder}`, () =>
    statSync(folder, { throwIfNoEntry: false }),
  );
  if (stats?.isDirectory()) return;
  const problem = stats ? `${folder} is not a folder` : `the folder ${folder} does not exist`;
  throw new ExporterError('discovery_failed', problem);
}

/** Removes files that processes of `host` have written. A file that cannot be read stays. */
function removeFiles(folder: string, host: string, isRemovable: (announced: Announced) => boolean): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // Reading a pipe would block.
    if (!entry.isFile() || !OWN_NAME.test(entry.name)) continue;
    const file = join(folder, entry.name);
    try {
      const announced = announcedOn(host, JSON.parse(readFileSync(file, 'utf8')));
      if (announced && isRemovable(announced)) rmSync(file, { force: true });
    } catch {
      // Another process has removed it meanwhile, or it belongs to another user.
    }
  }
}

/** A process that may not be signalled is alive. */
function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The message leaves out the cause's: a log that has both would say it twice. */
function attempt<Result>(what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new ExporterError('discovery_failed', what, { cause: error });
  }
}
