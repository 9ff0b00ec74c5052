import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { changedFiles } from '../../../../../src/pipeline/worker/git/changed-files.ts';
import { findSourceFiles } from '../../../../../src/pipeline/worker/git/source-files.ts';
import { checkVersions } from '../../../../../src/pipeline/worker/version-checks.ts';
import { tempWorkspace, type TempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from '../files/open-test-workspace.ts';

const { signal } = new AbortController();

afterEach(() => void vi.unstubAllEnvs());

const sourceFilesIn = async (root: string) => findSourceFiles(await openTestWorkspace(root), signal);

async function changedIn(root: string): Promise<string[]> {
  const workspace = await openTestWorkspace(root);
  return changedFiles(workspace, await findSourceFiles(workspace, signal), signal);
}

async function tagCheck(root: string): Promise<string> {
  const checks = await checkVersions(await openTestWorkspace(root), signal);
  const { status, message } = checks.find(({ name }) => name === 'tags') ?? {};
  return `${status}: ${message}`;
}

/** The user's own configuration of git. */
function configureUser(text: string): void {
  const { root, write } = tempWorkspace();
  write('gitconfig', text);
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(root, 'gitconfig'));
}

/** A repository of version 1.0.0 with the tag v2.0.0. */
function taggedRepository(files: Record<string, string> = {}): TempWorkspace {
  const workspace = tempWorkspace({ 'package.json': '{"version":"1.0.0"}', 'a.js': 'let a;', ...files });
  workspace.commit();
  workspace.git('tag', 'v2.0.0');
  return workspace;
}

const WRONG_TAG = "failed: tag v2.0.0 is above package.json's 1.0.0";

function clone(from: string, ...options: string[]): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'clone-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  execFileSync('git', ['clone', '--quiet', ...options, `file://${from}`, root], { stdio: 'ignore' });
  return root;
}

describe('ignored files', () => {
  const ownList = ({ git }: TempWorkspace, at = '.') =>
    git('-C', at, 'ls-files', '--cached', '--others', '--exclude-standard', '*.js')
      .split('\n')
      .filter(Boolean)
      .toSorted();

  it('.git/info/exclude ignores files, and a .gitignore takes precedence', async () => {
    const workspace = tempWorkspace({
      'a.js': '',
      'out/b.js': '',
      'sub/c.gen.js': '',
      'sub/kept.gen.js': '',
    });
    workspace.git('init', '--quiet');
    workspace.write('.git/info/exclude', 'out/\n*.gen.js\n');
    workspace.write('.gitignore', '!kept.gen.js\n');
    expect(await sourceFilesIn(workspace.root)).toEqual(['a.js', 'sub/kept.gen.js']);
    expect(ownList(workspace)).toEqual(['a.js', 'sub/kept.gen.js']);
    expect(await sourceFilesIn(join(workspace.root, 'sub'))).toEqual(['kept.gen.js']);
  });

  it('patterns of .git/info/exclude are relative to the top of the repository', async () => {
    const workspace = tempWorkspace({ 'sub/a.js': '', 'sub/b.js': '', 'sub/sub/a.js': '' });
    workspace.git('init', '--quiet');
    workspace.write('.git/info/exclude', '/sub/a.js\n');
    expect(await sourceFilesIn(join(workspace.root, 'sub'))).toEqual(['b.js', 'sub/a.js']);
    expect(ownList(workspace, 'sub')).toEqual(['b.js', 'sub/a.js']);
  });

  it("core.excludesFile of the user or of the repository ignores files, and the repository's other files take precedence", async () => {
    const user = tempWorkspace({ ignored: '*.local.js\n' });
    configureUser(`[core]\n\texcludesFile = ${join(user.root, 'ignored')}\n`);
    const workspace = tempWorkspace({ 'a.js': '', 'a.local.js': '', 'b.local.js': '', 'c.tmp.js': '' });
    workspace.git('init', '--quiet');
    workspace.write('.git/info/exclude', '!b.local.js\n');
    expect(await sourceFilesIn(workspace.root)).toEqual(['a.js', 'b.local.js', 'c.tmp.js']);
    expect(ownList(workspace)).toEqual(['a.js', 'b.local.js', 'c.tmp.js']);

    workspace.write('own-rules', '*.tmp.js\n');
    workspace.git('config', 'core.excludesFile', 'own-rules');
    expect(await sourceFilesIn(workspace.root)).toEqual(['a.js', 'a.local.js', 'b.local.js']);
    expect(ownList(workspace)).toEqual(['a.js', 'a.local.js', 'b.local.js']);
  });

  it.each([
    ['~/rules', 'rules'],
    [null, '.config/git/ignore'],
  ])('core.excludesFile %j is found in the home folder', async (setting, path) => {
    const home = tempWorkspace({ [path]: 'b.js\n' });
    vi.stubEnv('HOME', home.root);
    vi.stubEnv('XDG_CONFIG_HOME', undefined);
    configureUser(setting === null ? '' : `[core]\n\texcludesFile = ${setting}\n`);
    const workspace = tempWorkspace({ 'a.js': '', 'b.js': '' });
    workspace.git('init', '--quiet');
    expect(await sourceFilesIn(workspace.root)).toEqual(['a.js']);
    expect(ownList(workspace)).toEqual(['a.js']);
  });

  it('a committed file is not ignored, whatever the patterns say', async () => {
    const workspace = tempWorkspace({
      'lib/a.js': '',
      'lib/gone.js': '',
      'lib/deep/b.js': '',
      'node_modules/c.js': '',
    });
    workspace.commit();
    workspace.write('.gitignore', 'lib/\n');
    workspace.write('lib/new.js', '');
    rmSync(join(workspace.root, 'lib/gone.js'));
    expect(await sourceFilesIn(workspace.root)).toEqual(['lib/a.js', 'lib/deep/b.js']);
    expect(await findSourceFiles(await openTestWorkspace(workspace.root), signal, ['lib/deep'])).toEqual([
      'lib/deep/b.js',
    ]);
  });

  it('outside a repository, and without git, the .gitignore files still apply', async () => {
    const { root, write, git } = tempWorkspace({ 'a.js': '', 'b.js': '', '.gitignore': 'b.js\n' });
    expect(await sourceFilesIn(root)).toEqual(['a.js']);
    git('init', '--quiet');
    write('.git/info/exclude', 'a.js\n');
    vi.stubEnv('PATH', '');
    expect(await sourceFilesIn(root)).toEqual(['a.js']);
  });
});

describe("the user's configuration", () => {
  it.each([
    '[color]\n\tui = always\n\tstatus = always\n\tdiff = always\n',
    '[column]\n\tui = always\n\ttag = always\n',
    '[core]\n\tquotePath = true\n\tpager = less\n[pager]\n\tls-tree = true\n\tfor-each-ref = true\n',
    '[tag]\n\tsort = -version:refname\n[versionsort]\n\tsuffix = -rc\n[log]\n\tdecorate = full\n\tshowSignature = true\n',
    '[status]\n\tshort = true\n[core]\n\tabbrev = 4\n\tuntrackedCache = true\n\tfsmonitor = true\n',
    '[alias]\n\tls-tree = !false\n\trev-parse = !false\n',
  ])('%j changes no answer', async (text) => {
    configureUser(text);
    const { root, git, write } = taggedRepository({ 'ü ß.js': '' });
    git('tag', 'v1.9.0');
    write('new ü.js', '');
    expect(await tagCheck(root)).toBe(WRONG_TAG);
    expect(await changedIn(root)).toEqual(['new ü.js']);
  });
});

describe('another working tree of a repository', () => {
  it('has the tags and the patterns of the repository, and its own changes', async () => {
    const { root, git, write } = taggedRepository();
    write('.git/info/exclude', 'ignored.js\n');
    const other = join(tempWorkspace().root, 'other');
    git('worktree', 'add', '--quiet', '--detach', other);
    for (const name of ['ignored.js', 'new.js']) writeFileSync(join(other, name), '');
    expect(await tagCheck(other)).toBe(WRONG_TAG);
    expect(await changedIn(other)).toEqual(['new.js']);
    expect(await changedIn(root)).toEqual([]);
  });

  it('is not a part of the one around it', async () => {
    const { root, git } = taggedRepository();
    git('worktree', 'add', '--quiet', '--detach', join(root, '.worktrees/next'));
    expect(await sourceFilesIn(root)).toEqual(['a.js']);
    expect(await sourceFilesIn(join(root, '.worktrees/next'))).toEqual(['a.js']);
  });

  it('without its repository says what is missing', async () => {
    const { root, git } = taggedRepository();
    const other = join(tempWorkspace().root, 'other');
    git('worktree', 'add', '--quiet', '--detach', other);
    renameSync(join(root, '.git'), join(root, 'moved'));
    expect(await tagCheck(other)).toBe(
      `failed: the .git file of the workspace leads to ${root}/.git/worktrees/other, which is not there: it is needed, too`,
    );
  });
});

describe('an incomplete clone', () => {
  function origin(): string {
    const { root, git, commit, write } = taggedRepository();
    git('config', 'uploadpack.allowFilter', 'true');
    write('a.js', 'let b;');
    commit();
    return root;
  }

  it('a shallow clone knows the tags that it has, and says that there may be more', async () => {
    const root = clone(origin(), '--depth=1');
    const part = 'the fetched part of the history (a shallow clone)';
    expect(await tagCheck(root)).toBe(`skipped: no tag of ${part} names a version`);
    writeFileSync(join(root, 'a.js'), 'let c;');
    expect(await changedIn(root)).toEqual(['a.js']);
    execFileSync('git', ['tag', 'v1.0.0'], { cwd: root });
    expect(await tagCheck(root)).toBe(`passed: no tag of ${part} is above 1.0.0`);
    execFileSync('git', ['tag', 'v3.0.0'], { cwd: root });
    expect(await tagCheck(root)).toBe("failed: tag v3.0.0 is above package.json's 1.0.0");
  });

  it.each(['blob:none', 'tree:0'])(
    'a partial clone with --filter=%s answers from what it has',
    async (filter) => {
      const root = clone(origin(), `--filter=${filter}`);
      expect(await tagCheck(root)).toBe(WRONG_TAG);
      writeFileSync(join(root, 'new.js'), '');
      expect(await changedIn(root)).toEqual(['new.js']);
    },
  );

  it('a partial clone without the trees of the last commit says how to get them', async () => {
    const root = clone(origin(), '--filter=tree:0', '--no-checkout');
    writeFileSync(join(root, 'new.js'), '');
    expect(await sourceFilesIn(root)).toEqual(['new.js']);
    await expect(changedIn(root)).rejects.toMatchObject({
      code: 'git_failed',
      message:
        'the changed files are unknown, because the partial clone lacks objects of the last commit, and nothing is ' +
        'fetched here; "git ls-tree -r HEAD" fetches them; scan all files with comprehensive: true',
    });
  });
});

describe('the reason why git has no answer', () => {
  async function reasons(root: string): Promise<string[]> {
    const changed = await changedIn(root).catch((error: Error) => error.message);
    return [await tagCheck(root), String(changed)];
  }

  it.each([
    [
      'another owner',
      'failed',
      ({ root }: TempWorkspace) => {
        vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
        configureUser('');
        return `another user owns the repository, and git refuses it until you run "git config --global --add safe.directory ${root}"`;
      },
    ],
    [
      'no git',
      'skipped',
      () => {
        vi.stubEnv('PATH', '');
        return 'git is not installed, or is not on the PATH';
      },
    ],
    [
      'a broken configuration',
      'failed',
      ({ write }: TempWorkspace) => {
        write('.git/config', '[core\n');
        return 'git failed: bad config line 1 in file .git/config';
      },
    ],
    [
      'an unknown format',
      'failed',
      ({ git }: TempWorkspace) => {
        git('config', 'core.repositoryFormatVersion', '99');
        return 'git failed: Expected git repo version <= 1, found 99';
      },
    ],
  ])('%s is reported in one sentence, and the files are scanned', async (_, status, arrange) => {
    const workspace = taggedRepository();
    const reason = arrange(workspace);
    expect(await reasons(workspace.root)).toEqual([
      `${status}: ${reason}`,
      `the changed files are unknown, because ${reason}; scan all files with comprehensive: true`,
    ]);
    expect(await sourceFilesIn(workspace.root)).toEqual(['a.js']);
  });

  it('a repository of another owner is read once the user trusts it', async () => {
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    configureUser('[safe]\n\tdirectory = *\n');
    expect(await tagCheck(taggedRepository().root)).toBe(WRONG_TAG);
  });
});
