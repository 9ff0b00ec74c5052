import { z } from 'zod';

import { runResult } from '../contract/results.ts';
import { runText } from './result-text.ts';
import {
  optionalSessionId,
  outputFormat,
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
  output_format: outputFormat.default('text'),
});

const outputSchema = runResult.extend({ session_id: z.string(), duration: z.number().describe('Seconds') });

type Output = z.infer<typeof outputSchema>;

export function registerPipelineRunFull({ server, workers, handle }: ToolRegistry): void {
  server.registerTool(
    'pipeline_run_full',
    {
      title: 'Run the full pipeline',
      description:
        'Scans, fixes and validates in cycles until the quality score or the number of cycles is reached, or nothing is left to fix. Without auto_apply it is a dry run: nothing is written, and the diff of all cycles is returned. Also returns the issues that remain and the version checks; a wrong version is never fixed.',
      inputSchema,
      outputSchema,
      annotations: writesToWorkspace,
    },
    async (input, extra) =>
      handle(input.session_id, extra, async (call) => {
        const result = await workers.run(
          call,
          {
            kind: 'run',
            maxCycles: input.max_cycles,
            maxFixesPerCycle: input.max_fixes_per_cycle,
            targetQualityScore: input.target_quality_score ?? null,
            breakOnNoIssues: input.break_on_no_issues,
            isDryRun: !input.auto_apply,
          },
          runResult,
        );
        const output: Output = { session_id: call.sessionId, ...result, duration: call.duration };
        return toolResult(output, input.output_format, runText);
      }),
  );
}
