import type { McpSource } from '../exporter/mcp-source.ts';
import { requirePackages } from '../exporter/required-packages.ts';
import { serveMcp } from '../exporter/serve-mcp.ts';
import type { WorkspaceOptions } from './workspace-root.ts';

/** The packages that only the pipeline server needs. They are optional because of their size. */
export const PIPELINE_PACKAGES = ['@modelcontextprotocol/sdk', 'oxlint'] as const;

/**
 * Serves the built-in pipeline server, which lints and fixes the JavaScript and TypeScript files of a workspace.
 *
 * @returns the option `mcp` of `createExporter`. It throws ExporterError `workspace_unavailable` if the workspace is not a
 * readable folder, or `packages_missing`
 *
 * @example
 * ```ts
 * import { createExporter, pipelineServer } from 'mcp-exporter';
 *
 * const exporter = createExporter({ mcp: pipelineServer({ workspaceDir: '.' }) });
 * const urls = await exporter.start();
 * console.log(urls.mcp); // http://127.0.0.1:3001/mcp
 * await exporter.close();
 * ```
 */
export function pipelineServer(options: WorkspaceOptions): McpSource {
  return async (context) => {
    const { sessions } = context;
    requirePackages('the pipeline server', PIPELINE_PACKAGES);
    const { createPipeline } = await import('./pipeline-server.ts');
    const pipeline = await createPipeline({ ...context, ...options });
    let isClosed = false;
    pipeline.cleanUp().catch((error: unknown) => {
      // A clean-up that `close` interrupts is repeated at the next start.
      if (!isClosed) sessions.reportFault('pipeline', error);
    });
    const served = await serveMcp(pipeline.createServer, { sessionOf: pipeline.sessionOf })(context);
    return {
      ...served,
      async close() {
        isClosed = true;
        await served.close?.();
        pipeline.close();
      },
    };
  };
}
