import { setImmediate } from 'node:timers/promises';

import type { LoggingLevel, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';

import { errorMessage } from '../errors.ts';
import type { PipelineEvent } from '../monitor/events.ts';
import { currentOperationContext } from '../monitor/operation-context.ts';
import type { RealtimeMonitor, RunOptions } from '../monitor/realtime-monitor.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { PipelineSession, PipelineSessions } from './pipeline-session.ts';
import { inSteps, type Report } from './progress.ts';

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

export interface ToolCallOptions {
  readonly sessionId: string;
  readonly sessions: SessionRegistry;
  readonly pipelineSessions: PipelineSessions;
  readonly extra: Extra;
  /** Sends a log message to the client. */
  readonly log: (level: LoggingLevel, message: string) => void;
  /** Hears why a notification could not be sent. */
  readonly onSendError: (error: unknown) => void;
}

/** One call of a tool: whose it is, how it reports, and when it has to stop. */
export class ToolCall {
  readonly sessionId: string;
  readonly session: PipelineSession;
  readonly signal: AbortSignal;
  readonly log: ToolCallOptions['log'];
  /** Progress of the whole call. */
  readonly report: Report;
  readonly #monitor: RealtimeMonitor;
  readonly #options: ToolCallOptions;
  // The operation that watches this call, if one does; read here, because stages have contexts of their own.
  readonly #operation = currentOperationContext();
  readonly #startedAtMs = performance.now();

  constructor(options: ToolCallOptions) {
    const { sessionId, sessions, pipelineSessions, extra, log } = options;
    this.#options = options;
    this.sessionId = sessionId;
    this.session = pipelineSessions.open(sessionId);
    this.signal = extra.signal;
    this.log = log;
    this.report = inSteps((fraction, message) =>
      this.#moveOperation(Math.round(fraction * 1000) / 10, message),
    );
    this.#monitor = sessions.open(sessionId);
  }

  /** Seconds since the call came. */
  get duration(): number {
    return (performance.now() - this.#startedAtMs) / 1000;
  }

  /** Runs a part of the call as an operation of its own, which moves with what `work` reports. */
  async stage<T>(
    name: string,
    report: Report,
    work: (report: Report) => Promise<T>,
    options: Pick<RunOptions<T>, 'details' | 'summarize'> = {},
  ): Promise<T> {
    return this.#monitor.run(
      name,
      (operation) =>
        work(
          inSteps(async (fraction, message) => {
            operation.updateProgress(fraction * 100, { message });
            await report(fraction, message);
          }),
        ),
      { ...options, signal: this.signal },
    );
  }

  /**
   * Between two files: lets the event loop serve others, and stops the work if the client has cancelled it.
   *
   * @throws DOMException `AbortError`
   */
  async checkpoint(): Promise<void> {
    await setImmediate();
    if (!this.signal.aborted) return;
    // The reason is whatever the client sent; the name is what says that this is no failure.
    throw new DOMException(errorMessage(this.signal.reason ?? 'cancelled'), 'AbortError');
  }

  publish(event: PipelineEvent): void {
    this.#options.sessions.publish(event);
  }

  /** With a token the client hears it, and so does who watches the server; else the operation is told. */
  async #moveOperation(percent: number, message: string): Promise<void> {
    const { extra, sessions, onSendError } = this.#options;
    const progressToken = extra._meta?.progressToken;
    if (progressToken === undefined) {
      const { sessionId, operationId } = this.#operation ?? {};
      if (!sessionId || !operationId) return;
      sessions.get(sessionId)?.updateProgress(operationId, percent, { message });
      return;
    }
    const params = { progressToken, progress: percent, total: 100, message };
    await extra.sendNotification({ method: 'notifications/progress', params }).catch(onSendError);
  }
}
