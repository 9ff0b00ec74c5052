import { z } from 'zod';

import { LIMITS } from '../../monitor/limits.ts';

// The results of each kind of work. The tools add the session and the duration.

export const STOP_REASONS = [
  'target_reached',
  'no_issues',
  'nothing_fixable',
  'nothing_scanned',
  'max_cycles',
] as const;

const count = z.number().int();
const score = z.number().nullable();

const scanTotals = {
  files_scanned: count,
  issues_found: count,
  errors: count,
  warnings: count,
  fixable: count.describe('Issues that come with a fix'),
  quality_score: score.describe(
    'Mean score of the files: 100 without issues, 50 with one, 33.3 with two, 0 if it cannot be read; null if there are none',
  ),
};

const versions = {
  versions_ok: z
    .boolean()
    .nullable()
    .describe('No version check has failed; null if there was nothing to check'),
  version_checks: z.array(
    z.object({
      name: z.enum(['package_version', 'lock_file', 'changelog', 'tags']),
      status: z.enum(['passed', 'failed', 'skipped']),
      message: z.string(),
    }),
  ),
};

const issueList = {
  issues: z.array(
    z.object({
      path: z.string(),
      line: count,
      column: count,
      rule: z.string().nullable().describe('Null if the file cannot be parsed'),
      severity: z.enum(['error', 'warning']),
      message: z.string(),
      fixable: z.boolean(),
    }),
  ),
  truncated: z.boolean().describe(`There are more than the ${LIMITS.listed_issues.max} issues listed`),
  files_skipped: count.describe(
    'Reasons are a size above the limit, text that is not UTF-8, slow linting, or a lint configuration that leaves the file out',
  ),
  skipped: z
    .array(z.object({ path: z.string(), reason: z.string() }))
    .describe(`At most ${LIMITS.listed_issues.max} of the skipped files`),
};

const fixTotals = {
  fixes_applied: count.describe('Written to disk; none in a dry run'),
  fixes_proposed: count.describe('In the diff of a dry run'),
  fixes_failed: count,
};

const dryRun = z.boolean().describe('Nothing was written');

const changes = {
  failures: z.array(z.object({ path: z.string(), fixes: count, reason: z.string() })),
  diff: z.string().describe('Unified diff of the changes'),
  diff_truncated: z.boolean(),
};

const linter = {
  linter: z
    .enum(['built_in', 'workspace'])
    .describe("Rules that were used: the built-in ones, or the workspace's own ESLint and configuration"),
  notices: z
    .array(z.string())
    .describe('What the caller should know, such as a configuration that was not used'),
};

export const scanResult = z.object({
  comprehensive: z.boolean(),
  ...scanTotals,
  files_with_issues: count,
  ...versions,
  ...issueList,
  ...linter,
});

export const fixResult = z.object({
  dry_run: dryRun,
  ...fixTotals,
  fixes_left: count.describe('Issues that come with a fix and were not fixed yet'),
  files_changed: z.array(z.string()).describe('In a dry run: the files that would change'),
  ...changes,
  ...linter,
});

export const runResult = z.object({
  dry_run: dryRun,
  stop_reason: z.enum(STOP_REASONS),
  cycles: z.array(
    z.object({
      cycle: count,
      ...scanTotals,
      ...fixTotals,
      issues_remaining: count,
      quality_score_after: score,
    }),
  ),
  ...fixTotals,
  issues_remaining: count,
  quality_score: score.describe('After the last cycle; in a dry run, of the proposed state'),
  ...versions,
  ...issueList,
  ...changes,
  ...linter,
});

export type ScanResult = z.infer<typeof scanResult>;
export type FixResult = z.infer<typeof fixResult>;
export type RunResult = z.infer<typeof runResult>;
