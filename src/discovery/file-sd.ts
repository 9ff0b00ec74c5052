import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';

import writeFileAtomic from 'write-file-atomic';

import { ExporterError } from '../errors.ts';
import { withLock, withLockSync } from './file-lock.ts';
import { announces, createTargetGroup, isAbandoned, type Announcer } from './target-groups.ts';

const LOCK_WAIT_MS = 5000;
const LABEL_NAME = /^[A-Z_a-z]\w*$/;

interface AnnounceOptions {
  /** The file that Prometheus watches; many processes may share it. It is created where it is missing; its folder is not. */
  readonly file: string;
  /** `host:port`, as Prometheus reaches it. */
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @defaultValue this process */
  readonly pid?: number;
  readonly isAlive?: (pid: number) => boolean;
}

/** A target in the file, until it is withdrawn. */
interface Announcement {
  /** Takes the target out of the file. It blocks, never throws, and does nothing the second time. */
  withdraw(): void;
}

/**
 * Adds a target to a file that Prometheus discovers targets from. Targets of processes that have died on this
 * host are removed; what other people or other hosts wrote stays.
 *
 * @throws ExporterError `discovery_failed` where the folder does not exist, or the file is not a JSON array, cannot
 * be written, or is locked for more than 5 s
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
 */
export async function announceTarget(options: AnnounceOptions): Promise<Announcement> {
  const { target, labels, pid = process.pid, isAlive = isProcessAlive } = options;
  const wrongName = Object.keys(labels).find((name) => !LABEL_NAME.test(name));
  if (wrongName !== undefined) {
    throw new TypeError(`expected label names such as server_name, received ${JSON.stringify(wrongName)}`);
  }
  const file = resolve(options.file);
  const lock = `${file}.lock`;
  const lockOptions = { waitMs: LOCK_WAIT_MS, isAlive };
  const by: Announcer = { pid, host: hostname(), startedMs: Math.round(performance.timeOrigin) };
  const isOver = (group: unknown) => isAbandoned(group, by, isAlive);

  expectFolder(dirname(file));
  await withLock(lock, lockOptions, () => {
    const others = readGroups(file).filter(
      (group) => !isOver(group) && !announces(group, target, { host: by.host }),
    );
    writeGroups(file, [...others, createTargetGroup(target, labels, by)]);
  });

  let isWithdrawn = false;
  return {
    withdraw() {
      if (isWithdrawn) return;
      isWithdrawn = true;
      try {
        withLockSync(lock, lockOptions, () => {
          // The port may be another process's by now, which announced it: its entry stays.
          const groups = readGroups(file);
          const rest = groups.filter((group) => !isOver(group) && !announces(group, target, by));
          if (rest.length < groups.length) writeGroups(file, rest);
        });
      } catch {
        // The process exits: the next one to announce a target removes the entry.
      }
    },
  };
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

function readGroups(file: string): unknown[] {
  const text = attempt(`cannot read ${file}`, () => readIfPresent(file));
  if (text.trim() === '') return [];
  const groups = attempt(`${file}: expected JSON`, () => JSON.parse(text) as unknown);
  if (Array.isArray(groups)) return groups;
  throw new ExporterError(
    'discovery_failed',
    `${file}: expected a JSON array of {"targets": […], "labels": {…}}, as Prometheus reads it`,
  );
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function writeGroups(file: string, groups: readonly unknown[]): void {
  attempt(`cannot write ${file}`, () => writeFileAtomic.sync(file, `${JSON.stringify(groups, null, 2)}\n`));
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
