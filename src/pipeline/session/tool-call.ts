import type { LoggingLevel, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';

import { currentOperationContext } from '../../monitor/operation-context.ts';
import type { RealtimeMonitor } from '../../monitor/realtime-monitor.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { PipelineSession, PipelineSessions } from './pipeline-session.ts';

export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

export interface ToolCallOptions {
  readonly sessionId: string;
  readonly sessions: SessionRegistry;
  readonly pipelineSessions: PipelineSessions;
  readonly extra: Extra;
  /** Sends a log message to the client. */
  readonly log: (level: LoggingLevel, message: string) => void;
  /** Called with the error if a notification cannot be sent. */
  readonly onSendError: (error: unknown) => void;
}

/** One tool call, with its session, its operation and its client. */
export class ToolCall {
  readonly sessionId: string;
  readonly session: PipelineSession;
  readonly sessions: SessionRegistry;
  /** The monitor of the call's session. */
  readonly monitor: RealtimeMonitor;
  readonly signal: AbortSignal;
  readonly log: ToolCallOptions['log'];
  /** The id of this call's operation, if its server is watched. */
  readonly operation = currentOperationContext();
  readonly #options: ToolCallOptions;
  readonly #startedAtMs = performance.now();

  constructor(options: ToolCallOptions) {
    const { sessionId, sessions, pipelineSessions, extra, log } = options;
    this.#options = options;
    this.sessionId = sessionId;
    this.session = pipelineSessions.open(sessionId);
    this.sessions = sessions;
    this.monitor = sessions.open(sessionId);
    this.signal = extra.signal;
    this.log = log;
  }

  /** Seconds since the call arrived. */
  get duration(): number {
    return (performance.now() - this.#startedAtMs) / 1000;
  }

  /** Updates the operation's progress, by a notification if the client asked for progress. */
  async reportProgress(percent: number, message: string): Promise<void> {
    const { extra, sessions, onSendError } = this.#options;
    const progressToken = extra._meta?.progressToken;
    if (progressToken === undefined) {
      const { sessionId, operationId } = this.operation ?? {};
      if (!sessionId || !operationId) return;
      sessions.get(sessionId)?.updateProgress(operationId, percent, { message });
      return;
    }
    const params = { progressToken, progress: percent, total: 100, message };
    await extra.sendNotification({ method: 'notifications/progress', params }).catch(onSendError);
  }
}
