import { describe, expect, it } from 'vitest';

import { checkVersions } from '../../../../src/pipeline/worker/version-checks.ts';
import { tempWorkspace, type TempWorkspace } from '../temp-workspace.ts';
import { openTestWorkspace } from './files/open-test-workspace.ts';

async function check({ root }: TempWorkspace) {
  const checks = await checkVersions(await openTestWorkspace(root), new AbortController().signal);
  return Object.fromEntries(checks.map(({ name, status, message }) => [name, `${status}: ${message}`]));
}

const json = (value: unknown) => JSON.stringify(value);
const withPackage = (manifest: unknown, files: Record<string, string> = {}) =>
  tempWorkspace({ 'package.json': json(manifest), ...files });

describe('package.json', () => {
  it('all version checks are skipped without package.json', async () => {
    const checks = Object.values(await check(tempWorkspace()));
    expect(checks).toHaveLength(4);
    for (const line of checks) expect(line).toContain('skipped: the workspace has no package.json');
  });

  it.each([
    ['{', 'failed: package.json is not'],
    [json({ version: 'one' }), 'failed: package.json: "one" is not a valid semantic version'],
    [json({ version: 'v1.0.0' }), 'failed: package.json: "v1.0.0" is not'],
    [json({}), 'failed: package.json has no version'],
    [json({ private: true }), 'skipped: a private package'],
    [json({ version: '1.0.0-rc.1' }), 'passed: 1.0.0-rc.1'],
    [json({ version: '1.0.0+build.5' }), 'passed: 1.0.0+build.5'],
    [json({ version: '1.0.0-rc.1+5' }), 'passed: 1.0.0-rc.1+5'],
    [json({ version: '1.0.0+' }), 'failed: package.json: "1.0.0+" is not'],
    [json({ version: 'v1.0.0+5' }), 'failed: package.json: "v1.0.0+5" is not'],
  ])('%s → %s', async (text, expected) => {
    expect((await check(tempWorkspace({ 'package.json': text })))['package_version']).toContain(expected);
  });
});

describe('the lock file', () => {
  const manifest = {
    version: '1.0.0',
    dependencies: { a: '^1.0.0', o: '^3.0.0' },
    devDependencies: { d: '2' },
    optionalDependencies: { o: '^3.0.0' },
  };
  const root = {
    version: '1.0.0',
    dependencies: { a: '^1.0.0' },
    devDependencies: { d: '2' },
    optionalDependencies: { o: '^3.0.0' },
  };
  const lockCheck = async (lock: unknown) =>
    (await check(withPackage(manifest, { 'package-lock.json': json(lock) })))['lock_file'];

  it('the lock file passes if versions and ranges agree', async () => {
    expect(await lockCheck({ version: '1.0.0', packages: { '': root } })).toMatch(/^passed/);
  });

  it('a lock file of the first format has no ranges to compare', async () => {
    expect(await lockCheck({ version: '1.0.0', lockfileVersion: 1 })).toMatch(/^passed/);
  });

  it('the lock file fails at another version, at either place', async () => {
    expect(await lockCheck({ version: '0.9.0', packages: { '': root } })).toContain('version is 0.9.0');
    expect(await lockCheck({ version: '1.0.0', packages: { '': { ...root, version: '0.9.0' } } })).toContain(
      'packages[""].version is 0.9.0, package.json has 1.0.0',
    );
  });

  it('the lock file fails at a missing, different or extra range', async () => {
    const lock = { ...root, dependencies: { a: '^2.0.0', x: '1' }, devDependencies: {} };
    expect(await lockCheck({ version: '1.0.0', packages: { '': lock } })).toBe(
      'failed: package-lock.json: dependencies.a is ^2.0.0, package.json has ^1.0.0; ' +
        'devDependencies.d is missing, package.json has 2; dependencies.x is 1, package.json has none',
    );
  });

  it('fails where it is no lock file, and is skipped where there is none', async () => {
    expect(await lockCheck([])).toContain('failed: package-lock.json is not a valid lock file');
    expect((await check(withPackage(manifest)))['lock_file']).toMatch(/^skipped/);
  });
});

describe('the changelog', () => {
  const changelogCheck = async (files: Record<string, string>, version = '1.2.3') =>
    (await check(withPackage({ name: 'pkg', version }, files)))['changelog'];

  it('the changelog passes with a heading for the version, and fails without one', async () => {
    expect(await changelogCheck({ 'CHANGELOG.md': 'pkg 1.2.3\n=====\n' })).toBe(
      'passed: CHANGELOG.md has an entry for 1.2.3',
    );
    expect(await changelogCheck({ 'CHANGELOG.md': '## 1.2.2\n' })).toBe(
      'failed: CHANGELOG.md: no heading for 1.2.3, such as "## 1.2.3"',
    );
  });

  it.each(['History.md', 'changelog.md', 'CHANGES', 'CHANGES.rst', 'NEWS.txt', 'release-notes.adoc'])(
    'the changelog may be called %s',
    async (name) => {
      expect(await changelogCheck({ [name]: '1.2.3\n=====\n' })).toBe(
        `passed: ${name} has an entry for 1.2.3`,
      );
    },
  );

  it('the changelog may continue in a second file', async () => {
    const files = { 'HISTORY.md': '## 1.2.3\n', 'CHANGELOG.md': '## 2.0.0\n', 'changes.js': '// 3.0.0\n' };
    expect(await changelogCheck(files)).toBe('passed: HISTORY.md has an entry for 1.2.3');
    expect(await changelogCheck(files, '3.0.0')).toContain('failed: CHANGELOG.md, HISTORY.md: no heading');
  });

  it('the changelog is skipped if there is none, or if the version is not valid', async () => {
    expect(await changelogCheck({ 'CHANGELOG.js': '', 'CHANGES/a.md': '' })).toBe(
      'skipped: the workspace has no changelog, such as CHANGELOG.md',
    );
    expect(await changelogCheck({ 'CHANGELOG.md': '## one' }, 'one')).toContain('skipped: there is no valid');
  });

  it('the changelog may be in another encoding than UTF-8', async () => {
    const workspace = withPackage({ version: '1.2.3' });
    workspace.write('CHANGELOG.md', Buffer.from('## 1.2.3 (M\u00E4rz)', 'latin1'));
    expect((await check(workspace))['changelog']).toMatch(/^passed/);
  });
});

describe('the tags', () => {
  const tagged = (version: string, ...tags: string[]) => {
    const workspace = withPackage({ version });
    workspace.commit();
    for (const tag of tags) workspace.git('tag', tag);
    return workspace;
  };
  const tagCheck = async (workspace: TempWorkspace) => (await check(workspace))['tags'];

  it('tags pass at the version and below', async () => {
    expect(await tagCheck(tagged('1.10.0', 'v1.9.0', '1.10.0', 'not-a-version', 'v1.10.0-rc.1'))).toMatch(
      /^passed/,
    );
  });

  it('tags pass at a version with build metadata', async () => {
    expect(await tagCheck(tagged('1.9.0+5', 'v1.9.0+6', 'v1.9.0'))).toBe(
      'passed: no tag of the history is above 1.9.0+5',
    );
  });

  it('tags fail above the version, by semver and not by letters', async () => {
    expect(await tagCheck(tagged('1.9.0', 'v1.10.0', 'v1.2.0'))).toContain('failed: tag v1.10.0 is above');
  });

  it('tags are skipped without a repository, version tags or a version', async () => {
    expect(await tagCheck(withPackage({ version: '1.0.0' }))).toMatch(/^skipped/);
    expect(await tagCheck(tagged('1.0.0', 'latest'))).toMatch(/^skipped/);
    expect(await tagCheck(tagged('one', 'v1.0.0'))).toMatch(/^skipped/);
  });
});
