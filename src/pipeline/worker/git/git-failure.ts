import { errorMessage } from '../../../errors.ts';

/**
 * - `no_answer`: git has nothing to print, such as the value of a setting that is not set.
 * - `unavailable`: there is a repository, but git cannot or does not read it.
 */
type GitFailureKind = 'not_installed' | 'no_repository' | 'no_answer' | 'unavailable';

/** Why git cannot answer. The message is a part of a sentence. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly kind: GitFailureKind;

  constructor(kind: GitFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

const MAX_SHOWN = 300;

interface Reason {
  readonly pattern: RegExp;
  readonly kind?: GitFailureKind;
  readonly describe: (match: RegExpExecArray, stderr: string) => string;
}

/** What git prints to stderr, in English. The first that matches is the reason. */
const REASONS: readonly Reason[] = [
  {
    pattern: /^fatal: (?:detected dubious ownership in|unsafe) repository(?: at)? ?\(?'([^']*)'/m,
    describe: ([, folder = ''], stderr) => {
      const trusted = /safe\.directory (.+)$/m.exec(stderr)?.[1] ?? folder;
      return `another user owns the repository, and git refuses it until you run "git config --global --add safe.directory ${trusted}"`;
    },
  },
  {
    pattern: /^fatal: not a git repository: (?!\(null\))(.+)$/m,
    describe: ([, folder = '']) =>
      `the .git file of the workspace leads to ${folder}, which is not there: it is needed, too`,
  },
  {
    pattern: /^fatal: not a git repository/m,
    kind: 'no_repository',
    describe: () => 'the workspace is not in a git repository',
  },
  {
    pattern: /promisor remote|lazy fetching disabled/,
    describe: () =>
      'the partial clone lacks objects of the last commit, and nothing is fetched here; "git ls-tree -r HEAD" fetches them',
  },
];

/** @param error - what `execFile` has thrown */
export function gitFailure(error: unknown): GitFailure {
  if (error instanceof GitFailure) return error;
  const { stderr = '', killed = false } = error as { stderr?: string; killed?: boolean };
  if (killed) return new GitFailure('unavailable', 'git has not answered in time', { cause: error });
  for (const { pattern, kind = 'unavailable', describe } of REASONS) {
    const match = pattern.exec(stderr);
    if (match) return new GitFailure(kind, describe(match, stderr).slice(0, MAX_SHOWN), { cause: error });
  }
  const kind = stderr.trim() === '' && isExit(error) ? 'no_answer' : 'unavailable';
  return new GitFailure(kind, `git failed: ${firstLine(stderr, error)}`.slice(0, MAX_SHOWN), {
    cause: error,
  });
}

/** Whether git was started and has ended by itself. */
function isExit(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

function firstLine(stderr: string, error: unknown): string {
  const fatal = /^(?:fatal|error): (.+)$/m.exec(stderr)?.[1];
  return fatal ?? (stderr.trim().split('\n', 1)[0] || errorMessage(error).split('\n', 1)[0]) ?? '';
}
