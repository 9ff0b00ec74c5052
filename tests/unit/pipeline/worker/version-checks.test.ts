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
  const changelogCheck = async (text: string) =>
    (await check(withPackage({ version: '1.2.3' }, { 'CHANGELOG.md': text })))['changelog'];

  it.each([
    '## 1.2.3',
    '## [1.2.3] - 2026-01-01',
    '# v1.2.3',
    '### pkg@1.2.3 (x)',
    '## [1.2.3](http://a/v1.2.3)',
  ])('the changelog passes with the heading %s', async (heading) => {
    expect(await changelogCheck(`# Changelog\n\n${heading}\n\n- text\n`)).toMatch(/^passed/);
  });

  it.each(['## 1.2.30', '## 11.2.3', '## 1.2.3-rc.1', '## 1.2.3.4', 'text 1.2.3', '## 1x2x3', ''])(
    'the changelog fails with only %j',
    async (text) => {
      expect(await changelogCheck(text)).toMatch(/^failed/);
    },
  );
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

  it('tags fail above the version, by semver and not by letters', async () => {
    expect(await tagCheck(tagged('1.9.0', 'v1.10.0', 'v1.2.0'))).toContain('failed: tag v1.10.0 is above');
  });

  it('tags are skipped without a repository, version tags or a version', async () => {
    expect(await tagCheck(withPackage({ version: '1.0.0' }))).toMatch(/^skipped/);
    expect(await tagCheck(tagged('1.0.0', 'latest'))).toMatch(/^skipped/);
    expect(await tagCheck(tagged('one', 'v1.0.0'))).toMatch(/^skipped/);
  });
});
