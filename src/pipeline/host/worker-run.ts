import { ExporterError, errorMessage } from '../../errors.ts';
import type { OnLimit } from '../../monitor/limits.ts';
import { fromWorker, type FromWorker, type WorkRequest, type WorkSettings } from '../contract/protocol.ts';
import { readLines } from './message-lines.ts';
import { startWorker, type WorkerEnd, type WorkerLimits, type WorkerProcess } from './worker-process.ts';

/** Time for a cancelled worker to finish the file that it writes. */
const CANCEL_GRACE_MS = 2000;
const MAX_SHOWN_OUTPUT = 500;
const OUT_OF_MEMORY = /heap out of memory|allocation failed|out of memory/i;

export interface WorkerRunOptions {
  readonly settings: WorkSettings;
  readonly request: WorkRequest;
  readonly limits: WorkerLimits;
  /** Aborting it stops the work at the next file. */
  readonly signal: AbortSignal;
  /** Aborting it kills the process. */
  readonly closed: AbortSignal;
  readonly onEvent: (event: Exclude<FromWorker, { type: 'result' | 'failure' }>) => Promise<void>;
  readonly onLimit: OnLimit;
}

/**
 * Does the work of one tool call in its own process.
 *
 * @returns the result, not yet validated
 * @throws ExporterError with the worker's own code, `worker_limit` or `worker_crashed`
 */
export async function runWorker(options: WorkerRunOptions): Promise<unknown> {
  const { settings, request, limits, signal, closed, onLimit } = options;
  signal.throwIfAborted();
  const worker = await startWorker(settings, limits).catch(explainFailedStart);
  let isLate = false;
  const lateTimer = setTimeout(() => {
    isLate = true;
    worker.kill();
  }, limits.durationMs);
  let graceTimer: NodeJS.Timeout | undefined;
  const onCancel = () => {
    worker.send({ type: 'cancel' });
    graceTimer = setTimeout(worker.kill, CANCEL_GRACE_MS);
  };
  signal.addEventListener('abort', onCancel, { once: true });
  closed.addEventListener('abort', worker.kill, { once: true });
  if (closed.aborted) worker.kill();
  try {
    worker.send({ type: 'start', parentPid: process.pid, settings, request });
    const last = await followUntilEnd(worker, options);
    if (signal.aborted) throw signal.reason;
    if (last?.type === 'result') return last.result;
    if (isLate) throw tookTooLong(options);
    if (last?.type === 'failure') throw failureOf(last, options);
    throw explainEnd(await worker.ended, options);
  } finally {
    clearTimeout(lateTimer);
    clearTimeout(graceTimer);
    signal.removeEventListener('abort', onCancel);
    closed.removeEventListener('abort', worker.kill);
    worker.kill();
    if ((await worker.ended).isOutputCut) onLimit('pipeline_output');
  }
}

/** @returns the worker's last message, or null if it ended without a result or a failure */
async function followUntilEnd(
  worker: WorkerProcess,
  { limits, onEvent, onLimit }: WorkerRunOptions,
): Promise<Extract<FromWorker, { type: 'result' | 'failure' }> | null> {
  try {
    for await (const line of readLines(worker.messages, limits.messageBytes)) {
      const message = parseMessage(line);
      if (message.type === 'result' || message.type === 'failure') return message;
      await onEvent(message);
      worker.send({ type: 'ack' });
    }
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    if (error instanceof RangeError) {
      onLimit('pipeline_message');
      throw new ExporterError('worker_limit', `the result is too large: ${error.message}`, { cause: error });
    }
    // Only a broken pipe has a code. The worker has ended, and its exit code or signal tells the reason.
    if (!(error instanceof Error && 'code' in error)) throw unusable(error);
  }
  return null;
}

function parseMessage(line: string): FromWorker {
  try {
    return fromWorker.parse(JSON.parse(line));
  } catch (error) {
    throw unusable(error);
  }
}

function unusable(cause: unknown): ExporterError {
  const reason = "the worker's message cannot be used; does the lint configuration write to descriptor 3?";
  return new ExporterError('worker_crashed', reason, { cause });
}

function failureOf(
  { code, message }: Extract<FromWorker, { type: 'failure' }>,
  options: WorkerRunOptions,
): ExporterError {
  if (OUT_OF_MEMORY.test(message)) return neededTooMuchMemory(options);
  return new ExporterError(code ?? 'worker_crashed', message);
}

function tookTooLong({ limits, onLimit }: WorkerRunOptions): ExporterError {
  onLimit('pipeline_duration');
  const seconds = limits.durationMs / 1000;
  return new ExporterError(
    'worker_limit',
    `stopped after ${seconds} s, the limit for one call; name fewer target_files`,
  );
}

function neededTooMuchMemory({ limits, onLimit }: WorkerRunOptions): ExporterError {
  onLimit('pipeline_memory');
  return new ExporterError(
    'worker_limit',
    `needed more than ${limits.memoryMiB} MiB of memory, the limit for one call; name fewer target_files`,
  );
}

function explainEnd({ code, signal, output }: WorkerEnd, options: WorkerRunOptions): ExporterError {
  if (options.closed.aborted) return new ExporterError('worker_crashed', 'the pipeline server was closed');
  if (OUT_OF_MEMORY.test(output)) return neededTooMuchMemory(options);
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const said = output.trim().slice(-MAX_SHOWN_OUTPUT);
  return new ExporterError(
    'worker_crashed',
    `the process of this call ended with ${how} before it had a result${said && `; its last output: ${said}`}`,
  );
}

function explainFailedStart(error: unknown): never {
  const reason = `cannot start a process for this call: ${errorMessage(error)}`;
  throw new ExporterError('worker_crashed', reason, { cause: error });
}
