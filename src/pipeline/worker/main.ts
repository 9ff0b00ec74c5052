// The worker program, which scans, lints and fixes a workspace, and runs git. The exporter starts one worker for each
// tool call, and kills it if it exceeds a limit. None of this work runs in the exporter's own process.
import { setPriority, constants } from 'node:os';

import { ExporterError, errorMessage } from '../../errors.ts';
import type { FromWorker } from '../contract/protocol.ts';
import { ParentChannel } from './parent-channel.ts';
import { endWithParent } from './parent-watch.ts';
import { work } from './work.ts';

const MAX_MESSAGE = 2000;

type Failure = Extract<FromWorker, { type: 'failure' }>;

const channel = new ParentChannel();
const { parentPid, settings, request } = await channel.started;
endWithParent(parentPid);
yieldToOthers();
try {
  const result = await work(channel, settings, request);
  await channel.end({ type: 'result', result });
} catch (error) {
  await channel.end({
    type: 'failure',
    code: codeOf(error),
    message: errorMessage(error).slice(0, MAX_MESSAGE),
  });
}
process.exit();

/** Lowers the worker's priority, so that it does not slow down the watched server. */
function yieldToOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some sandboxes forbid changes of the priority.
  }
}

function codeOf(error: unknown): Failure['code'] {
  // The exporter validates the result.
  return error instanceof ExporterError ? (error.code as Failure['code']) : null;
}
