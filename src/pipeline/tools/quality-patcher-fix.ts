import { z } from 'zod';

import { fixResult } from '../contract/results.ts';
import { sessionIdSchema } from '../session/session-id.ts';
import { fixText } from './result-text.ts';
import {
  outputFormat,
  targetFiles,
  toolResult,
  writesToWorkspace,
  type ToolRegistry,
} from './tool-registry.ts';

const inputSchema = z.strictObject({
  session_id: sessionIdSchema,
  max_fixes: z.number().int().min(1).max(50).default(10),
  auto_apply: z.boolean().default(false).describe('Write the fixes; otherwise only show them as a diff'),
  target_files: targetFiles,
  output_format: outputFormat.default('text'),
});

const outputSchema = fixResult.extend({ session_id: z.string(), duration: z.number().describe('Seconds') });

type Output = z.infer<typeof outputSchema>;

export function registerQualityPatcherFix({ server, workers, handle }: ToolRegistry): void {
  server.registerTool(
    'quality_patcher_fix',
    {
      title: 'Fix lint issues',
      description:
        "Applies the linter's own fixes, at most max_fixes of them, and returns a unified diff. Nothing is written unless auto_apply is true. A fix that breaks a file is rolled back and counted as failed.",
      inputSchema,
      outputSchema,
      annotations: writesToWorkspace,
    },
    async (input, extra) =>
      handle(input.session_id, extra, async (call) => {
        const { target_files: targets, max_fixes: maxFixes, auto_apply: isApplied } = input;
        const result = await workers.run(
          call,
          { kind: 'fix', targetFiles: targets, maxFixes, isDryRun: !isApplied },
          fixResult,
        );
        const output: Output = { session_id: call.sessionId, ...result, duration: call.duration };
        return toolResult(output, input.output_format, fixText);
      }),
  );
}
