import { z } from 'zod';

import { fixFiles } from '../fix-files.ts';
import { sessionIdSchema } from '../session-id.ts';
import { WorkingCopy } from '../working-copy.ts';
import {
  changes,
  countFixes,
  fixTotals,
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
});

const outputSchema = z.object({
  session_id: z.string(),
  dry_run: z.boolean(),
  ...fixTotals,
  files_changed: z.array(z.string()).describe('Or that would be, in a dry run'),
  ...changes,
  duration: z.number().describe('Seconds'),
});

type Output = z.infer<typeof outputSchema>;

export function registerQualityPatcherFix({ server, workspace, linter, handle }: ToolRegistry): void {
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
        const paths = await workspace.sourceFiles(input.target_files);
        const files = new WorkingCopy(workspace, { isDryRun: !input.auto_apply });
        const lint = await linter.load();
        const work = { lint, files, paths, maxFixes: input.max_fixes, rejected: new Map() };
        const { changedPaths, fixed, failures } = await call.stage(
          'apply_fixes',
          call.report,
          async (report) => fixFiles(call, work, report),
        );
        const failed = failures.reduce((sum, { fixes }) => sum + fixes, 0);
        const output: Output = {
          session_id: call.sessionId,
          dry_run: files.isDryRun,
          ...countFixes(fixed, failed, files.isDryRun),
          files_changed: [...changedPaths],
          failures: [...failures],
          ...files.diff(),
          duration: call.duration,
        };
        call.log('info', `${files.isDryRun ? 'proposed' : 'applied'} ${fixed} fixes, ${failed} failed`);
        return toolResult(output);
      }),
  );
}
