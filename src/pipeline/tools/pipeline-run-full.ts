import { z } from 'zod';

import { STOP_REASONS, runCycles } from '../cycles.ts';
import { WorkingCopy } from '../working-copy.ts';
import {
  changes,
  countFixes,
  fixTotals,
  optionalSessionId,
  scanTotals,
  toolResult,
  writesToWorkspace,
  type ToolRegistry,
} from './tool-registry.ts';

const inputSchema = z.strictObject({
  session_id: optionalSessionId,
  max_cycles: z.number().int().min(1).max(10).default(3),
  max_fixes_per_cycle: z.number().int().min(1).max(20).default(10),
  target_quality_score: z.number().min(0).max(100).optional().describe('Stop once this score is reached'),
  break_on_no_issues: z.boolean().default(true).describe('Stop once no issue is left'),
  auto_apply: z.boolean().default(false).describe('Write the fixes; otherwise only show them as a diff'),
});

const outputSchema = z.object({
  session_id: z.string(),
  dry_run: z.boolean(),
  stop_reason: z.enum(STOP_REASONS),
  cycles: z.array(
    z.object({
      cycle: z.number().int(),
      ...scanTotals,
      ...fixTotals,
      issues_remaining: z.number().int(),
      quality_score_after: z.number(),
    }),
  ),
  ...fixTotals,
  issues_remaining: z.number().int(),
  quality_score: z.number().describe('After the last cycle; of the proposed state, in a dry run'),
  ...changes,
  duration: z.number().describe('Seconds'),
});

type Output = z.infer<typeof outputSchema>;

export function registerPipelineRunFull({ server, workspace, linter, handle }: ToolRegistry): void {
  server.registerTool(
    'pipeline_run_full',
    {
      title: 'Run the full pipeline',
      description:
        'Scans, fixes and validates in cycles until the quality score or the number of cycles is reached, or nothing is left to fix. Without auto_apply it is a dry run: nothing is written, and the diff of all cycles is returned.',
      inputSchema,
      outputSchema,
      annotations: writesToWorkspace,
    },
    async (input, extra) =>
      handle(input.session_id, extra, async (call) => {
        const files = new WorkingCopy(workspace, { isDryRun: !input.auto_apply });
        const { cycles, failures, stopReason } = await runCycles(call, {
          workspace,
          files,
          lint: await linter.load(),
          maxCycles: input.max_cycles,
          maxFixesPerCycle: input.max_fixes_per_cycle,
          targetQualityScore: input.target_quality_score ?? null,
          breakOnNoIssues: input.break_on_no_issues,
        });
        const sum = (key: 'fixed' | 'failed') => cycles.reduce((total, cycle) => total + cycle[key], 0);
        const last = cycles.at(-1)?.after;
        const output: Output = {
          session_id: call.sessionId,
          dry_run: files.isDryRun,
          stop_reason: stopReason,
          cycles: cycles.map(({ before, after, fixed, failed }, index) => ({
            cycle: index + 1,
            files_scanned: before.filesScanned,
            issues_found: before.issuesFound,
            errors: before.errors,
            warnings: before.warnings,
            fixable: before.fixable,
            quality_score: before.qualityScore,
            ...countFixes(fixed, failed, files.isDryRun),
            issues_remaining: after.issuesFound,
            quality_score_after: after.qualityScore,
          })),
          ...countFixes(sum('fixed'), sum('failed'), files.isDryRun),
          issues_remaining: last?.issuesFound ?? 0,
          quality_score: last?.qualityScore ?? 100,
          failures: [...failures],
          ...files.diff(),
          duration: call.duration,
        };
        call.log(
          'info',
          `stopped after ${cycles.length} cycles: ${stopReason}, quality ${output.quality_score}`,
        );
        return toolResult(output);
      }),
  );
}
