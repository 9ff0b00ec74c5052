/** One bound on what a client, a server, a reporter or a workspace can make the exporter hold, send or do. */
export interface Limit {
  readonly max: number;
  readonly unit: string;
  /** What is bounded. */
  readonly description: string;
  /** What happens to the rest. */
  readonly beyond: string;
}

/**
 * Every bound, in one place. Each use past a bound is counted in `mcp_exporter_limit_reached_total`; docs/limits.md is
 * generated from here.
 */
export const LIMITS = {
  name_length: {
    max: 256,
    unit: 'characters',
    description:
      'Length of a name or id from the network that is kept: tools, prompts, operations, sessions, servers',
    beyond: 'cut, with a digest of the whole name at the end',
  },
  log_buffer: {
    max: 256 * 1024,
    unit: 'bytes',
    description: 'Log lines that wait for a stderr that is full or not read',
    beyond: 'dropped and counted; a line says how many once stderr accepts data again',
  },
  log_rate: {
    max: 50,
    unit: 'lines per second',
    description: 'Log lines written, after a burst of 200',
    beyond: 'dropped and counted',
  },
  pipeline_duration: {
    max: 300,
    unit: 'seconds',
    description: 'Work of one tool call of the pipeline server, in a process of its own',
    beyond: 'the process is killed and the call fails with `worker_limit`',
  },
  pipeline_memory: {
    max: 1024,
    unit: 'MiB',
    description: 'Memory of a process that works for a tool call',
    beyond: 'the process ends and the call fails with `worker_limit`',
  },
  pipeline_queue: {
    max: 16,
    unit: 'calls',
    description: 'Tool calls that wait while two scans or one fixing call run',
    beyond: 'refused with `pipeline_busy`',
  },
  pipeline_message: {
    max: 8 * 1024 * 1024,
    unit: 'bytes',
    description: 'One message from a process that works for a tool call',
    beyond: 'the process is killed and the call fails with `worker_limit`',
  },
  pipeline_output: {
    max: 8 * 1024,
    unit: 'bytes',
    description: "Output of the workspace's own configuration that is kept for error messages",
    beyond: 'the oldest output is dropped',
  },
  lint_duration: {
    max: 5,
    unit: 'seconds',
    description: 'Time to lint one file with the built-in rules',
    beyond: 'the file is skipped',
  },
  lint_answer: {
    max: 8 * 1024 * 1024,
    unit: 'bytes',
    description: 'Answer of the linter about one file',
    beyond: 'the file is skipped',
  },
  source_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'Source file that is linted or fixed',
    beyond: 'the file is skipped',
  },
  manifest_size: {
    max: 1024 * 1024,
    unit: 'bytes',
    description: 'package.json of the workspace',
    beyond: 'not read; the version checks say so',
  },
  lock_file_size: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description: 'package-lock.json of the workspace',
    beyond: 'not read; the check is skipped and says so',
  },
  changelog_size: {
    max: 4 * 1024 * 1024,
    unit: 'bytes',
    description: 'CHANGELOG.md of the workspace',
    beyond: 'not read; the check is skipped and says so',
  },
  gitignore_size: {
    max: 64 * 1024,
    unit: 'bytes',
    description: 'One .gitignore file of the workspace',
    beyond: 'not read; its patterns do not apply',
  },
  workspace_files: {
    max: 20_000,
    unit: 'files',
    description: 'Source files of one tool call',
    beyond: 'the call fails with `worker_limit`',
  },
  workspace_entries: {
    max: 500_000,
    unit: 'entries',
    description: 'Files and folders that one tool call looks at in search of source files',
    beyond: 'the call fails with `worker_limit`',
  },
  workspace_depth: {
    max: 64,
    unit: 'levels',
    description: 'Depth of the folders that are searched for source files',
    beyond: 'deeper folders are skipped',
  },
  listed_issues: {
    max: 200,
    unit: 'issues',
    description: 'Issues in the result of a scan',
    beyond: 'counted, but not listed; `truncated` is true',
  },
  diff_size: {
    max: 200_000,
    unit: 'characters',
    description: 'Diff in the result of a fix or a full run',
    beyond: 'cut; `diff_truncated` is true',
  },
  pipeline_sessions: {
    max: 200,
    unit: 'sessions',
    description: 'Sessions of the pipeline server whose results are kept',
    beyond: 'the session that was used longest ago is evicted',
  },
  resource_subscriptions: {
    max: 1000,
    unit: 'subscriptions',
    description: 'Resources of the pipeline server that one client subscribes to',
    beyond: 'refused with an error',
  },
  status_operations: {
    max: 100,
    unit: 'operations',
    description: 'Active operations of a session in an answer of `pipeline_status`',
    beyond: 'counted, but only the latest are listed',
  },
  git_output: {
    max: 32 * 1024 * 1024,
    unit: 'bytes',
    description: "git's list of the files or tags of the last commit",
    beyond: 'git is killed and the call fails with `worker_limit`',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** Called each time something was cut, refused or dropped because a limit was reached. */
export type OnLimit = (limit: LimitName, count?: number) => void;
