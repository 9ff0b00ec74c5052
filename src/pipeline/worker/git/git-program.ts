import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { ExporterError } from '../../../errors.ts';
import { LIMITS } from '../../../monitor/limits.ts';
import { GitFailure, gitFailure } from './git-failure.ts';

const run = promisify(execFile);

const TIMEOUT_MS = 60_000;
const PROGRAM = process.platform === 'win32' ? 'git.exe' : 'git';

/**
 * Git commands that run no other programs, because they read only settings, stored trees, commits and refs. Git runs
 * filters, hooks, diff programs and the file system monitor only for the working tree and the index. It would also run a
 * transport program to fetch the missing objects of a partial clone, but the environment forbids that.
 */
type GitQuestion = 'rev-parse' | 'ls-tree' | 'for-each-ref' | 'config';

const SAFE_CONFIG = [
  '--no-pager',
  '--no-optional-locks',
  '--no-replace-objects',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.allow=never',
  '-c',
  'core.sshCommand=false',
  '-c',
  'credential.helper=',
];

/** The repository in which git runs. */
export interface Repository {
  readonly root: string;
  readonly reportLimit: (limit: 'git_output') => Promise<void>;
}

/**
 * Runs git in a repository.
 *
 * @returns its output
 *
 * @throws ExporterError `worker_limit` if the output is too long
 * @throws GitFailure if git fails or is not installed
 */
export async function askGit(
  { root, reportLimit }: Repository,
  question: readonly [GitQuestion, ...string[]],
  signal: AbortSignal,
  maxBytes: number = LIMITS.git_output.max,
): Promise<string> {
  const options = {
    cwd: root,
    env: gitEnvironment(),
    signal,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: maxBytes,
    windowsHide: true,
  } as const;
  try {
    const { stdout } = await run(await findGit(root), [...SAFE_CONFIG, ...question], options);
    return stdout;
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof RangeError)) throw gitFailure(error);
    await reportLimit('git_output');
    const reason = `git's answer is larger than ${maxBytes} bytes`;
    throw new ExporterError('worker_limit', reason, { cause: error });
  }
}

/** The worker's own environment contains only those variables of git that name the user's configuration. */
function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GIT_ALLOW_PROTOCOL: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_PAGER: 'cat',
    LC_ALL: 'C',
  };
}

/** Git's absolute path. A worker's PATH contains no folder of the workspace, but a symlink in it may lead there. */
async function findGit(root: string): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, PROGRAM);
    try {
      await access(path, constants.X_OK);
      const real = await realpath(path);
      if (!real.startsWith(join(root, '/'))) return path;
    } catch {
      // This folder does not contain git.
    }
  }
  throw new GitFailure('not_installed', 'git is not installed, or is not on the PATH');
}
