import semver from 'semver';
import { z } from 'zod';

import { withoutByteOrderMark } from '../../byte-order-mark.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { hasHeadingFor } from './changelog-headings.ts';
import { decodeText } from './files/bounded-read.ts';
import { readingAdvice } from '../unreadable.ts';
import { findChangelogs } from './files/changelog-search.ts';
import type { Workspace } from './files/workspace.ts';
import { GitFailure } from './git/git-failure.ts';
import { tagsOfHistory, type TagsOfHistory } from './git/history.ts';

export interface VersionCheck {
  readonly name: 'package_version' | 'lock_file' | 'changelog' | 'tags';
  /** `skipped` if there is nothing to compare with. */
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

/** Truncates versions and ranges, which can have any length in a manifest. */
const MAX_MESSAGE = 1000;

type Outcome = Omit<VersionCheck, 'name'>;

const ranges = z.record(z.string(), z.string()).default({});
const dependencies = {
  dependencies: ranges,
  devDependencies: ranges,
  optionalDependencies: ranges,
  peerDependencies: ranges,
};
const packageSchema = z.object({
  name: z.string().optional().catch(undefined),
  version: z.string().optional(),
  private: z.boolean().optional(),
  ...dependencies,
});
const lockSchema = z.object({
  version: z.string().optional(),
  packages: z
    .looseObject({ '': z.object({ version: z.string().optional(), ...dependencies }).optional() })
    .optional(),
});

type Package = z.infer<typeof packageSchema>;
type Dependencies = Pick<Package, keyof typeof dependencies>;

/** Checks whether package.json, the lock file, the changelog and git's tags agree on the workspace's version. */
export async function checkVersions(workspace: Workspace, signal: AbortSignal): Promise<VersionCheck[]> {
  const file = await readText(workspace, 'package.json', 'manifest_size');
  if (file.text === null) return file.status === 'skipped' ? allSkipped(file.reason) : unusable(file.reason);
  const manifest = parseJson(packageSchema, file.text);
  if (!manifest) return unusable('package.json is not a valid package.json');
  const { version } = manifest;
  return [
    { name: 'package_version', ...checkPackageVersion(manifest) },
    { name: 'lock_file', ...(await checkLockFile(workspace, manifest)) },
    { name: 'changelog', ...(await checkChangelog(workspace, manifest)) },
    { name: 'tags', ...(await checkTags(workspace, version, signal)) },
  ];
}

function checkPackageVersion({ version, private: isPrivate }: Package): Outcome {
  if (version === undefined) {
    return isPrivate ? skipped('a private package without a version') : failed('package.json has no version');
  }
  if (isExactVersion(version)) return passed(`${version} is a valid version`);
  return failed(`package.json: "${version}" is not a valid semantic version, such as 1.2.3`);
}

/** Whether it is a version as semver writes it, which includes build metadata. */
function isExactVersion(version: string): boolean {
  const parsed = semver.parse(version);
  if (!parsed) return false;
  return [parsed.version, ...(parsed.build.length > 0 ? [parsed.build.join('.')] : [])].join('+') === version;
}

async function checkLockFile(workspace: Workspace, manifest: Package): Promise<Outcome> {
  const file = await readText(workspace, 'package-lock.json', 'lock_file_size');
  if (file.text === null) return { status: file.status, message: file.reason };
  const lock = parseJson(lockSchema, file.text);
  if (!lock) return failed('package-lock.json is not a valid lock file');

  const root = lock.packages?.[''];
  const problems = [
    ...differentVersion('version', lock.version, manifest.version),
    ...(root ? differentVersion('packages[""].version', root.version, manifest.version) : []),
    ...(root ? differentRanges(manifest, root) : []),
  ];
  if (problems.length === 0) return passed('package-lock.json agrees with package.json');
  return failed(`package-lock.json: ${problems.slice(0, 10).join('; ')}`);
}

function differentVersion(where: string, locked: string | undefined, version: string | undefined): string[] {
  return locked === version
    ? []
    : [`${where} is ${locked ?? 'missing'}, package.json has ${version ?? 'none'}`];
}

function differentRanges(manifest: Dependencies, locked: Dependencies): string[] {
  const wanted = rangesOf(manifest);
  const have = rangesOf(locked);
  return [...new Set([...wanted.keys(), ...have.keys()])]
    .filter((name) => wanted.get(name) !== have.get(name))
    .map(
      (name) => `${name} is ${have.get(name) ?? 'missing'}, package.json has ${wanted.get(name) ?? 'none'}`,
    );
}

/** Ranges by kind and name. An optional dependency is missing from the lock file's `dependencies`. */
function rangesOf(from: Dependencies): Map<string, string> {
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;
  const entries = kinds.flatMap((kind) =>
    Object.entries(from[kind])
      .filter(([name]) => kind !== 'dependencies' || !Object.hasOwn(from.optionalDependencies, name))
      .map(([name, range]): [string, string] => [`${kind}.${name}`, range]),
  );
  return new Map(entries);
}

async function checkChangelog(workspace: Workspace, { name, version }: Package): Promise<Outcome> {
  const paths = await findChangelogs(workspace);
  if (paths.length === 0) return skipped('the workspace has no changelog, such as CHANGELOG.md');
  if (version === undefined || semver.valid(version) === null)
    return skipped('there is no valid version to look for');
  let unread: Unread | null = null;
  for (const path of paths) {
    const file = await readText(workspace, path, 'changelog_size', decodeAny);
    if (file.text === null) unread ??= file;
    else if (hasHeadingFor(file.text, version, name)) return passed(`${path} has an entry for ${version}`);
  }
  if (unread !== null) return { status: unread.status, message: unread.reason };
  return failed(`${paths.join(', ')}: no heading for ${version}, such as "## ${version}"`);
}

async function checkTags(
  workspace: Workspace,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const current = semver.parse(version);
  if (!current) return skipped('there is no valid version to compare with');
  const history = await historyOf(workspace, signal);
  if (history instanceof GitFailure) return outcomeOf(history, await workspace.hasEntry('.git'));
  const releases = history.tags.flatMap((tag) => semver.parse(tag) ?? []);
  const latest = releases.toSorted(semver.rcompare)[0];
  const known = history.isShallow ? 'the fetched part of the history (a shallow clone)' : 'the history';
  if (!latest) return skipped(`no tag of ${known} names a version`);
  if (semver.lte(latest, current)) return passed(`no tag of ${known} is above ${current.raw}`);
  return failed(`tag ${latest.raw} is above package.json's ${current.raw}`);
}

/** A repository whose tags cannot be read may have a wrong one. */
function outcomeOf({ kind, message }: GitFailure, hasRepository: boolean): Outcome {
  if (kind === 'unavailable') return failed(message);
  if (kind !== 'no_repository' || !hasRepository) return skipped(message);
  return failed(`the .git of the workspace cannot be read, or is not a repository; ${readingAdvice()}`);
}

async function historyOf(workspace: Workspace, signal: AbortSignal): Promise<TagsOfHistory | GitFailure> {
  try {
    return await tagsOfHistory(workspace, signal);
  } catch (error) {
    if (error instanceof GitFailure) return error;
    throw error;
  }
}

interface Unread {
  readonly text: null;
  /** `failed` if the file exists, but nothing is known about it. */
  readonly status: 'failed' | 'skipped';
  readonly reason: string;
}

const unread = (status: Unread['status'], reason: string): Unread => ({ text: null, status, reason });

async function readText(
  workspace: Workspace,
  path: string,
  limit: 'manifest_size' | 'lock_file_size' | 'changelog_size',
  decode: (bytes: Buffer) => string | null = decodeText,
): Promise<{ text: string } | Unread> {
  const { max } = LIMITS[limit];
  const file = await workspace.readFile(path, max);
  if (file === 'too_large') {
    await workspace.reportLimit(limit);
    return unread('skipped', `${path} is larger than ${max / 1024 / 1024} MiB and is not read`);
  }
  if (file === null) return unread('skipped', `the workspace has no ${path}`);
  if (file === 'not_a_file') return unread('failed', `${path} is not a file, or is a broken symlink`);
  if (file === 'unreadable') {
    const reason = workspace.unreadable.get(path) ?? 'unknown reason';
    return unread('failed', `${path} cannot be read: ${reason}; ${readingAdvice()}`);
  }
  const text = decode(file.bytes);
  return text === null ? unread('failed', `${path} is not UTF-8`) : { text };
}

/** A version reads the same in every encoding that contains ASCII. */
function decodeAny(bytes: Buffer): string {
  return decodeText(bytes) ?? bytes.toString('latin1');
}

function parseJson<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(withoutByteOrderMark(text))).data ?? null;
  } catch {
    return null;
  }
}

/** Without package.json, there is nothing to compare with. */
function unusable(problem: string): VersionCheck[] {
  const wrong: VersionCheck = { name: 'package_version', ...failed(problem) };
  return [wrong, ...allSkipped('package.json cannot be used').slice(1)];
}

function allSkipped(message: string): VersionCheck[] {
  const names = ['package_version', 'lock_file', 'changelog', 'tags'] as const;
  return names.map((name) => ({ name, ...skipped(message) }));
}

const passed = (message: string): Outcome => ({ status: 'passed', message });
const failed = (message: string): Outcome => ({ status: 'failed', message: message.slice(0, MAX_MESSAGE) });
const skipped = (message: string): Outcome => ({ status: 'skipped', message });
