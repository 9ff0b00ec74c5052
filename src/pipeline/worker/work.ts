import type { WorkRequest, WorkSettings } from '../contract/protocol.ts';
import { removeStrayFiles } from './files/scratch-files.ts';
import { openWorkspace } from './files/workspace.ts';
import { fixWorkspace } from './fix-workspace.ts';
import type { SkippedFile } from './lint/built-in-linter.ts';
import { loadLinter } from './lint/load-linter.ts';
import type { ParentChannel } from './parent-channel.ts';
import { runPipeline } from './run-pipeline.ts';
import { scanWorkspace } from './scan-workspace.ts';
import { WorkCall } from './work-call.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Does the work of one tool call.
 *
 * @returns the result for the client
 * @throws ExporterError if the request or the workspace is invalid
 */
export async function work(
  channel: ParentChannel,
  settings: WorkSettings,
  request: WorkRequest,
): Promise<unknown> {
  const call = new WorkCall(channel);
  const workspace = await openWorkspace(
    settings.root,
    (limit) => call.limitReached(limit),
    (path, reason) => call.skipReasons.set(path, reason),
  );
  await removeStrayFiles(workspace.folder);
  if (request.kind === 'clean_up') return null;
  const linter = await loadLinter(settings, workspace, (file) => reportSkipped(call, file));
  try {
    const context: WorkContext = { call, workspace, linter };
    for (const notice of linter.notices) await call.log('warning', notice);
    switch (request.kind) {
      case 'scan':
        return await scanWorkspace(context, request);
      case 'fix':
        return await fixWorkspace(context, request);
      case 'run':
        return await runPipeline(context, request);
    }
  } finally {
    linter.close();
  }
}

async function reportSkipped(call: WorkCall, { path, reason, limit }: SkippedFile): Promise<void> {
  call.skipReasons.set(path, reason);
  if (limit !== null) await call.limitReached(limit);
  await call.log('warning', `${path} is skipped: ${reason}`);
}
