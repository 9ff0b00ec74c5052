import { z } from 'zod';

import { LIMITS } from '../../monitor/limits.ts';
import { scanResult } from '../contract/results.ts';
import { optionalSessionId, targetFiles, toolResult, type ToolRegistry } from './tool-registry.ts';

const inputSchema = z.strictObject({
  session_id: optionalSessionId,
  target_files: targetFiles,
  comprehensive: z
    .boolean()
    .default(true)
    .describe('Lint all files; otherwise those changed since the last commit'),
  output_format: z.enum(['json', 'text']).default('json').describe('Of the text content'),
});

const outputSchema = scanResult.extend({ session_id: z.string(), duration: z.number().describe('Seconds') });

type Output = z.infer<typeof outputSchema>;

export function registerVersionKeeperScan({ server, workers, handle }: ToolRegistry): void {
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
        const { target_files: targets, comprehensive: isComprehensive } = input;
        const result = await workers.run(
          call,
          { kind: 'scan', targetFiles: targets, isComprehensive },
          scanResult,
        );
        const output: Output = { session_id: call.sessionId, ...result, duration: call.duration };
        return toolResult(output, input.output_format === 'text' ? describe(output) : undefined);
      }),
  );
}

function describe(output: Output): string {
  const { files_scanned, issues_found, errors, warnings, fixable, quality_score } = output;
  return [
    `${files_scanned} files scanned, ${issues_found} issues: ${errors} errors, ${warnings} warnings, ${fixable} fixable`,
    `quality score: ${quality_score}`,
    ...output.notices.map((notice) => `note: ${notice}`),
    ...output.version_checks.map(({ name, status, message }) => `${name}: ${status} (${message})`),
    ...output.issues.map(
      ({ path, line, column, severity, message, rule }) =>
        `${path}:${line}:${column} ${severity} ${message}${rule === null ? '' : ` (${rule})`}`,
    ),
    ...(output.truncated ? [`only the first ${LIMITS.listed_issues.max} issues are listed`] : []),
  ].join('\n');
}
