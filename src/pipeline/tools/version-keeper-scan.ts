import { z } from 'zod';

import type { OperationDetails } from '../../monitor/operation.ts';
import { changedFiles } from '../git.ts';
import { part, type Report } from '../progress.ts';
import { describeTotals, summarizeScan, totalsOf, type Reports } from '../scan-totals.ts';
import { lintFiles, publishScan } from '../scan.ts';
import type { ToolCall } from '../tool-call.ts';
import { checkVersions, type VersionCheck } from '../version-checks.ts';
import type { Workspace } from '../workspace.ts';
import {
  optionalSessionId,
  scanTotals,
  targetFiles,
  toolResult,
  type ToolRegistry,
} from './tool-registry.ts';

const MAX_ISSUES = 200;
const MAX_MESSAGE_CHARS = 500;
const LINT_SHARE = 0.95;
const CHECKED_SHARE = 0.98;

const inputSchema = z.strictObject({
  session_id: optionalSessionId,
  target_files: targetFiles,
  comprehensive: z
    .boolean()
    .default(true)
    .describe('Lint all files; otherwise those changed since the last commit'),
  output_format: z.enum(['json', 'text']).default('json').describe('Of the text content'),
});

const outputSchema = z.object({
  session_id: z.string(),
  comprehensive: z.boolean(),
  ...scanTotals,
  files_with_issues: z.number().int(),
  files_skipped: z.number().int().describe('Too large, not UTF-8, or not covered by the lint configuration'),
  versions_ok: z.boolean().describe('No version check has failed'),
  version_checks: z.array(
    z.object({
      name: z.enum(['package_version', 'lock_file', 'changelog', 'tags']),
      status: z.enum(['passed', 'failed', 'skipped']),
      message: z.string(),
    }),
  ),
  issues: z.array(
    z.object({
      path: z.string(),
      line: z.number().int(),
      column: z.number().int(),
      rule: z.string().nullable().describe('Null where the file cannot be parsed'),
      severity: z.enum(['error', 'warning']),
      message: z.string(),
      fixable: z.boolean(),
    }),
  ),
  truncated: z.boolean().describe(`There are more than the ${MAX_ISSUES} issues listed`),
  duration: z.number().describe('Seconds'),
});

type Output = z.infer<typeof outputSchema>;

export function registerVersionKeeperScan({ server, workspace, linter, handle }: ToolRegistry): void {
  server.registerTool(
    'version_keeper_scan',
    {
      title: 'Scan the workspace',
      description:
        'Lints JavaScript and TypeScript files, and checks that package.json, lock file, changelog and git tags agree about the version. Changes nothing.',
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    async (input, extra) =>
      handle(input.session_id, extra, async (call) => {
        const paths = await pathsToScan(workspace, input, call.signal);
        const lint = await linter.load();
        const { reports, skipped } = await call.stage(
          'lint',
          part(call.report, 0, LINT_SHARE),
          async (report) => lintFiles(call, { lint, files: workspace, paths }, report),
          { summarize: (scan) => summarizeScan(totalsOf(scan.reports)) },
        );
        const totals = totalsOf(reports);
        publishScan(call, totals);
        call.session.recordScan(totals);
        const checks = await checkVersionsOf(workspace, call, part(call.report, LINT_SHARE, CHECKED_SHARE));
        const found = describeTotals(totals);
        await call.report(1, found);

        const issues = listIssues(reports);
        const output: Output = {
          session_id: call.sessionId,
          comprehensive: input.comprehensive,
          files_scanned: totals.filesScanned,
          files_with_issues: totals.filesWithIssues,
          files_skipped: skipped,
          issues_found: totals.issuesFound,
          errors: totals.errors,
          warnings: totals.warnings,
          fixable: totals.fixable,
          quality_score: totals.qualityScore,
          versions_ok: checks.every(({ status }) => status !== 'failed'),
          version_checks: checks,
          issues: issues.slice(0, MAX_ISSUES),
          truncated: issues.length > MAX_ISSUES,
          duration: call.duration,
        };
        call.log('info', `scanned ${found}`);
        return toolResult(output, input.output_format === 'text' ? describe(output) : undefined);
      }),
  );
}

async function pathsToScan(
  workspace: Workspace,
  input: z.infer<typeof inputSchema>,
  signal: AbortSignal,
): Promise<string[]> {
  const paths = await workspace.sourceFiles(input.target_files);
  if (input.comprehensive) return paths;
  const changed = new Set(await changedFiles(workspace.root, signal));
  return paths.filter((path) => changed.has(path));
}

async function checkVersionsOf(workspace: Workspace, call: ToolCall, report: Report) {
  return call.stage(
    'check_versions',
    report,
    async (reportStage) => {
      const checks = await checkVersions(workspace, call.signal);
      await reportStage(1, 'checked versions');
      return checks;
    },
    { summarize: summarizeChecks },
  );
}

function summarizeChecks(checks: readonly VersionCheck[]): OperationDetails {
  const failed = checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return { message: failed.length === 0 ? 'versions agree' : `failed: ${failed.join(', ')}` };
}

function listIssues(reports: Reports): Output['issues'] {
  return [...reports].flatMap(([path, report]) =>
    report.issues.map(({ line, column, rule, severity, message, fix }) => ({
      path,
      line,
      column,
      rule,
      severity,
      message: message.slice(0, MAX_MESSAGE_CHARS),
      fixable: fix !== null,
    })),
  );
}

function describe(output: Output): string {
  const { files_scanned, issues_found, errors, warnings, fixable, quality_score } = output;
  return [
    `${files_scanned} files scanned, ${issues_found} issues: ${errors} errors, ${warnings} warnings, ${fixable} fixable`,
    `quality score: ${quality_score}`,
    ...output.version_checks.map(({ name, status, message }) => `${name}: ${status} (${message})`),
    ...output.issues.map(
      ({ path, line, column, severity, message, rule }) =>
        `${path}:${line}:${column} ${severity} ${message}${rule === null ? '' : ` (${rule})`}`,
    ),
    ...(output.truncated ? [`only the first ${MAX_ISSUES} issues are listed`] : []),
  ].join('\n');
}
