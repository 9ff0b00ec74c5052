import type { McpSource } from '../exporter/mcp-source.ts';
import { requirePackages } from '../exporter/required-packages.ts';
import { serveMcp } from '../exporter/serve-mcp.ts';
import type { WorkspaceOptions } from './workspace-root.ts';

/** What only the pipeline server needs. They are optional peers: together they are larger than everything else. */
export const PIPELINE_PACKAGES = ['@modelcontextprotocol/sdk', 'oxlint'] as const;

/**
 * Serves the built-in pipeline server over a workspace.
 *
 * @returns the option `mcp` of `createExporter`. It throws ExporterError `workspace_unavailable` or `packages_missing`
 */
export function pipelineServer(options: WorkspaceOptions): McpSource {
  return async (context) => {
    const { sessions } = context;
    requirePackages('the pipeline server', PIPELINE_PACKAGES);
    const { createPipeline } = await import('./pipeline-server.ts');
    const pipeline = await createPipeline({ ...context, ...options });
    let isClosed = false;
    pipeline.cleanUp().catch((error: unknown) => {
      // The next start cleans up what a close cut off.
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
