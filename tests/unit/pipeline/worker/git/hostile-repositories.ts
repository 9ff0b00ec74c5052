import { chmodSync, existsSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { tempWorkspace, type TempWorkspace } from '../../temp-workspace.ts';

export interface HostileRepository extends TempWorkspace {
  /** Whether one of the repository's programs has run. */
  readonly hasRun: () => boolean;
}

interface Tools {
  readonly workspace: TempWorkspace;
  /** A program of the workspace that leaves a mark when it runs, as a path and as a shell command. */
  readonly program: string;
  readonly config: (name: string, value: string) => void;
  readonly write: TempWorkspace['write'];
  /** Removes HEAD's tree, so that git would have to fetch it from `url`. */
  readonly fetchTreeFrom: (url: string) => void;
}

/** The ways in which a repository can make git run a program, by name. */
export const HOSTILE_REPOSITORIES: Readonly<Record<string, (tools: Tools) => void>> = {
  'a clean filter': ({ config, program, write }) => {
    config('filter.evil.clean', program);
    write('.gitattributes', '* filter=evil\n');
  },
  'a clean filter in .git/info/attributes': ({ config, program, write }) => {
    config('filter.evil.clean', program);
    write('.git/info/attributes', '* filter=evil\n');
  },
  'a clean filter in core.attributesFile': ({ config, program, write, workspace }) => {
    config('filter.evil.clean', program);
    config('core.attributesFile', join(workspace.root, 'attributes'));
    write('attributes', '* filter=evil\n');
  },
  'a required smudge filter': ({ config, program, write }) => {
    config('filter.evil.smudge', program);
    config('filter.evil.required', 'true');
    write('.gitattributes', '* filter=evil\n');
  },
  'a filter process': ({ config, program, write }) => {
    config('filter.evil.process', program);
    write('.gitattributes', '* filter=evil\n');
  },
  'diff.external': ({ config, program }) => config('diff.external', program),
  'a diff driver': ({ config, program, write }) => {
    config('diff.evil.command', program);
    write('.gitattributes', '* diff=evil\n');
  },
  textconv: ({ config, program, write }) => {
    config('diff.evil.textconv', program);
    config('diff.evil.cachetextconv', 'true');
    write('.gitattributes', '* diff=evil\n');
  },
  'core.fsmonitor': ({ config, program }) => config('core.fsmonitor', program),
  'core.hooksPath': ({ config, program, workspace, write }) => {
    for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-auto-gc']) {
      write(`hooks/${hook}`, `#!/bin/sh\n${program}\n`);
      chmodSync(join(workspace.root, 'hooks', hook), 0o755);
    }
    config('core.hooksPath', join(workspace.root, 'hooks'));
  },
  'hooks in .git/hooks': ({ program, workspace, write }) => {
    for (const hook of ['post-index-change', 'reference-transaction']) {
      write(`.git/hooks/${hook}`, `#!/bin/sh\n${program}\n`);
      chmodSync(join(workspace.root, '.git/hooks', hook), 0o755);
    }
  },
  'core.pager': ({ config, program }) => {
    config('core.pager', program);
    for (const command of ['ls-tree', 'rev-parse', 'for-each-ref', 'tag', 'diff'])
      config(`pager.${command}`, program);
  },
  'core.editor': ({ config, program }) => {
    config('core.editor', program);
    config('sequence.editor', program);
  },
  aliases: ({ config, program }) => {
    for (const command of ['ls-tree', 'rev-parse', 'for-each-ref', 'ls-files', 'diff', 'tag'])
      config(`alias.${command}`, `!${program}`);
  },
  'gpg.program': ({ config, program }) => {
    config('gpg.program', program);
    config('log.showSignature', 'true');
    config('tag.gpgSign', 'true');
  },
  'a submodule': ({ config, program, write }) => {
    write('.gitmodules', '[submodule "evil"]\n\tpath = evil\n\turl = ./evil\n');
    config('submodule.evil.update', `!${program}`);
    config('submodule.recurse', 'true');
    config('diff.submodule', 'log');
  },
  'an included configuration': ({ config, program, write, workspace }) => {
    write('more', `[filter "evil"]\n\tclean = ${program}\n[core]\n\tfsmonitor = ${program}\n`);
    write('.gitattributes', '* filter=evil\n');
    config('include.path', join(workspace.root, 'more'));
    config('includeIf.gitdir:/.path', join(workspace.root, 'more'));
  },
  'the configuration of a worktree': ({ config, program, write }) => {
    config('core.repositoryFormatVersion', '1');
    config('extensions.worktreeConfig', 'true');
    write(
      '.git/config.worktree',
      `[core]\n\tfsmonitor = ${program}\n[filter "evil"]\n\tclean = ${program}\n`,
    );
    write('.gitattributes', '* filter=evil\n');
  },
  'core.worktree': ({ config, program, workspace, write }) => {
    config('core.worktree', workspace.root);
    config('filter.evil.clean', program);
    write('.gitattributes', '* filter=evil\n');
  },
  'a .git file that leads to another folder': ({ config, program, workspace, write }) => {
    config('filter.evil.clean', program);
    config('core.fsmonitor', program);
    write('.gitattributes', '* filter=evil\n');
    renameSync(join(workspace.root, '.git'), join(workspace.root, 'elsewhere'));
    write('.git', `gitdir: ${workspace.root}/elsewhere\n`);
  },
  'a workspace that is itself a bare repository': ({ config, program, workspace, write }) => {
    config('core.fsmonitor', program);
    config('filter.evil.clean', program);
    config('core.bare', 'false');
    write('.gitattributes', '* filter=evil\n');
    for (const name of ['HEAD', 'config', 'objects', 'refs', 'index'])
      renameSync(join(workspace.root, '.git', name), join(workspace.root, name));
    rmSync(join(workspace.root, '.git'), { recursive: true });
  },
  'a partial clone with core.sshCommand': ({ config, program, fetchTreeFrom }) => {
    config('core.sshCommand', program);
    fetchTreeFrom('ssh://127.0.0.1:9/evil');
  },
  'a partial clone from an ext:: remote': ({ config, program, fetchTreeFrom }) => {
    config('protocol.ext.allow', 'always');
    fetchTreeFrom(`ext::${program}`);
  },
  'a partial clone with uploadpack': ({ config, program, workspace, fetchTreeFrom }) => {
    config('remote.origin.uploadpack', program);
    config('protocol.file.allow', 'always');
    fetchTreeFrom(`file://${workspace.root}/.git`);
  },
  'a partial clone with a credential helper': ({ config, program, fetchTreeFrom }) => {
    config('credential.helper', `!${program}`);
    config('core.askPass', program);
    config('protocol.http.allow', 'always');
    fetchTreeFrom('http://evil@127.0.0.1:9/evil');
  },
  'a partial clone with core.gitProxy': ({ config, program, fetchTreeFrom }) => {
    config('core.gitProxy', program);
    config('protocol.git.allow', 'always');
    fetchTreeFrom('git://127.0.0.1:9/evil');
  },
  'a partial clone with a remote helper': ({ config, program, workspace, write, fetchTreeFrom }) => {
    write('git-remote-evil', `#!/bin/sh\n${program}\n`);
    chmodSync(join(workspace.root, 'git-remote-evil'), 0o755);
    config('remote.origin.vcs', 'evil');
    config('protocol.evil.allow', 'always');
    fetchTreeFrom('evil::here');
  },
};

/** A repository with a commit, a tag, a changed file, and one of the {@link HOSTILE_REPOSITORIES}. */
export function hostileRepository(name: string): HostileRepository {
  const workspace = tempWorkspace({
    'a.js': 'let a = 1;\n',
    'same.js': '',
    'package.json': '{"version":"1.0.0"}',
  });
  workspace.commit();
  workspace.git('tag', 'v1.0.0');
  const program = join(workspace.root, 'program.sh');
  const mark = join(workspace.root, 'mark');
  workspace.write('program.sh', `#!/bin/sh\necho "$0 $*" >> ${mark}\n`);
  chmodSync(program, 0o755);
  HOSTILE_REPOSITORIES[name]?.({
    workspace,
    program,
    write: workspace.write,
    config: (key, value) => void workspace.git('config', key, value),
    fetchTreeFrom(url) {
      const tree = workspace.git('rev-parse', 'HEAD^{tree}').trim();
      workspace.git('config', 'core.repositoryFormatVersion', '1');
      workspace.git('config', 'extensions.partialClone', 'origin');
      workspace.git('config', 'remote.origin.url', url);
      workspace.git('config', 'remote.origin.promisor', 'true');
      workspace.git('config', 'remote.origin.partialCloneFilter', 'tree:0');
      rmSync(join(workspace.root, '.git/objects', tree.slice(0, 2), tree.slice(2)));
    },
  });
  // With the same size and an older time, git has to read the content.
  workspace.write('a.js', 'let b = 2;\n');
  utimesSync(join(workspace.root, 'same.js'), 1, 1);
  rmSync(mark, { force: true });
  return { ...workspace, hasRun: () => existsSync(mark) };
}
