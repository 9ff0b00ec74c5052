import type { z } from 'zod';

import { ExporterError } from '../../errors.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { WorkRequest, WorkSettings } from '../contract/protocol.ts';
import type { ToolCall } from '../session/tool-call.ts';
import { CallQueue } from './call-queue.ts';
import { WorkerEvents } from './worker-events.ts';
import { DEFAULT_LIMITS, type WorkerLimits } from './worker-process.ts';
import { runWorker } from './worker-run.ts';

const CONCURRENT_READERS = 2;
/** Only one call writes at a time, so that no call overwrites the changes of another. */
const CONCURRENT_WRITERS = 1;

export interface WorkerPoolOptions extends WorkSettings {
  readonly sessions: SessionRegistry;
  /** @defaultValue the limits in docs/limits.md */
  readonly limits?: Partial<WorkerLimits> | undefined;
}

/** Runs each tool call's work in its own process. Limits the number of processes that run at the same time. */
export class WorkerPool {
  readonly #settings: WorkSettings;
  readonly #sessions: SessionRegistry;
  readonly #limits: WorkerLimits;
  readonly #readers = new CallQueue(CONCURRENT_READERS);
  readonly #writers = new CallQueue(CONCURRENT_WRITERS);
  readonly #closed = new AbortController();

  constructor({ root, isTrusted, sessions, limits }: WorkerPoolOptions) {
    this.#settings = { root, isTrusted };
    this.#sessions = sessions;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * Does the work of `call`, and applies the worker's reports.
   *
   * @throws ExporterError `pipeline_busy`, `worker_limit`, `worker_crashed`, or the worker's own error
   * @throws DOMException `AbortError` if the client cancelled the call
   */
  async run<T>(call: ToolCall, request: WorkRequest, result: z.ZodType<T>): Promise<T> {
    const events = new WorkerEvents(call);
    const queue = isWriting(request) ? this.#writers : this.#readers;
    const onCancel = () => events.endStages(cancelled(call.signal));
    call.signal.addEventListener('abort', onCancel, { once: true });
    try {
      return await queue.run(async () => {
        const answer = await this.#runOrCleanUp(request, call.signal, (event) => events.apply(event));
        return parseResult(result, answer);
      }, call.signal);
    } catch (error) {
      if (error instanceof ExporterError && error.code === 'pipeline_busy') {
        this.#sessions.reportLimit('pipeline_queue');
      }
      const reason = call.signal.aborted ? cancelled(call.signal) : error;
      events.endStages(reason);
      throw reason;
    } finally {
      call.signal.removeEventListener('abort', onCancel);
    }
  }

  /** Removes the temporary files of processes that were killed while they wrote a file. */
  async cleanUp(): Promise<void> {
    const never = new AbortController().signal;
    await this.#runWorker({ kind: 'clean_up' }, never, async () => undefined);
  }

  /** Kills the workers. */
  close(): void {
    this.#closed.abort();
  }

  async #runOrCleanUp(
    request: WorkRequest,
    signal: AbortSignal,
    onEvent: WorkerEvents['apply'],
  ): Promise<unknown> {
    try {
      return await this.#runWorker(request, signal, onEvent);
    } catch (error) {
      if (isWriting(request) && !this.#closed.signal.aborted) await this.#cleanUpAfter(error);
      throw error;
    }
  }

  async #cleanUpAfter(error: unknown): Promise<void> {
    const isOrderly = error instanceof ExporterError && !WORKER_WAS_KILLED.has(error.code);
    if (isOrderly) return;
    try {
      await this.cleanUp();
    } catch (failure) {
      this.#sessions.reportFault('pipeline', failure);
    }
  }

  #runWorker(request: WorkRequest, signal: AbortSignal, onEvent: WorkerEvents['apply']): Promise<unknown> {
    return runWorker({
      settings: this.#settings,
      request,
      limits: this.#limits,
      signal,
      closed: this.#closed.signal,
      onEvent,
      onLimit: this.#sessions.reportLimit,
    });
  }
}

const WORKER_WAS_KILLED: ReadonlySet<string> = new Set(['worker_limit', 'worker_crashed']);

function isWriting(request: WorkRequest): boolean {
  return request.kind !== 'scan' && request.kind !== 'clean_up' && !request.isDryRun;
}

function parseResult<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ExporterError('worker_crashed', 'the worker returned a result that is not valid', {
    cause: parsed.error,
  });
}

/** An abort signal's reason can be any text of the client. The name `AbortError` marks it as a cancellation. */
function cancelled(signal: AbortSignal): DOMException {
  const { reason } = signal;
  return new DOMException(reason instanceof Error ? reason.message : String(reason), 'AbortError');
}
