import type { McpSource } from '../exporter/mcp-source.ts';
import { explainMissingPackage } from '../exporter/missing-package.ts';
import { serveMcp } from '../exporter/serve-mcp.ts';
import type { WorkspaceOptions } from './workspace-root.ts';

/**
 * Serves the built-in pipeline server over a workspace.
 *
 * @returns the option `mcp` of `createExporter`. It throws ExporterError `workspace_unavailable` or `sdk_missing`
 */
export function pipelineServer(options: WorkspaceOptions): McpSource {
  return async (context) => {
    const { sessions } = context;
    const { createPipeline } = await import('./pipeline-server.ts').catch(explainMissing);
    const pipeline = await createPipeline({ ...context, ...options });
    pipeline.cleanUp().catch((error: unknown) => sessions.reportFault('pipeline', error));
    const served = await serveMcp(pipeline.createServer, { sessionOf: pipeline.sessionOf })(context);
    return {
      ...served,
      async close() {
        await served.close?.();
        pipeline.close();
      },
    };
  };
}

const explainMissing = explainMissingPackage('the pipeline server', ['@modelcontextprotocol/sdk']);
