import { z } from 'zod';

import { scanResult } from '../contract/results.ts';
import { scanText } from './result-text.ts';
import {
  optionalSessionId,
  outputFormat,
  targetFiles,
  toolResult,
  type ToolRegistry,
} from './tool-registry.ts';

const inputSchema = z.strictObject({
  session_id: optionalSessionId,
  target_files: targetFiles,
  comprehensive: z
    .boolean()
    .default(true)
    .describe('Lint all files; otherwise those changed since the last commit'),
  output_format: outputFormat.default('json'),
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
        return toolResult(output, input.output_format, scanText);
      }),
  );
}
