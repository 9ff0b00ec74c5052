import { randomUUID } from 'node:crypto';

import { isSuccess, outcomeOfErrorType } from '../../monitor/outcomes.ts';
import type { RealtimeMonitor } from '../../monitor/realtime-monitor.ts';
import type { Redactor } from '../../redaction/redactor.ts';
import type { ClientInfo, SessionFacts, SessionOwner } from '../../monitor/session.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { McpRequest } from '../../monitor/traffic-events.ts';
import { isShortName, wireText } from '../../monitor/wire-name.ts';
import type { Config } from '../../settings/config.ts';
import { handleRejection } from '../../rejections.ts';
import { captureArguments, captureResult } from './captured-payload.ts';
import { textOf } from '../wire/json-rpc.ts';
import type { RequestEnd } from './request-end.ts';
import type { WatchedServer } from './watched-server.ts';

type Params = Readonly<Record<string, unknown>>;

/**
 * A tool call, as passed to {@link SessionOf}.
 *
 * @see {@link monitorMcpServer} for an example
 */
export interface ToolCall {
  readonly toolName: string;
  /** As the client sent them, not validated. */
  readonly arguments: unknown;
  /** Null if the transport has no MCP session. */
  readonly mcpSessionId: string | null;
}

/**
 * Returns the id of the session that a call belongs to; undefined for its MCP session. If it throws, the error is logged
 * and counted, and the call belongs to its MCP session.
 *
 * @see {@link monitorMcpServer} for an example
 */
export type SessionOf = (call: ToolCall) => string | undefined;

/** A tool call that starts. */
export interface StartedCall {
  readonly request: McpRequest;
  /** The requested tool, as a short copy. */
  readonly name: string;
  readonly params: Params;
  /** Size of the request on the wire; undefined if unknown. */
  readonly sizeBytes: number | undefined;
}

export interface ToolOperationsOptions {
  readonly sessions: SessionRegistry;
  readonly server: WatchedServer;
  /** @defaultValue every call belongs to the session of its connection */
  readonly sessionOf?: SessionOf | undefined;
  readonly config: Pick<Config, 'isCapturingPayloads'>;
  readonly mcpSessionId: () => string | undefined;
  /** The owner that the sessions count for in limits. @defaultValue this process */
  readonly owner?: SessionOwner;
  /**
   * Whether the connection belongs to no session: stateless HTTP has one connection per request.
   * @defaultValue returns false
   */
  readonly isSessionless?: () => boolean;
}

const MAX_TEXT = 500;

/** The operation of one `tools/call`. */
export class ToolOperation {
  readonly #monitor: RealtimeMonitor;
  readonly #redactor: Redactor;
  readonly #isCapturingPayloads: boolean;
  readonly #id: string;

  constructor(
    monitor: RealtimeMonitor,
    operationName: string,
    details: Params,
    options: { request: McpRequest; redactor: Redactor; isCapturingPayloads: boolean },
  ) {
    const { request, redactor, isCapturingPayloads } = options;
    this.#monitor = monitor;
    this.#redactor = redactor;
    this.#isCapturingPayloads = isCapturingPayloads;
    this.#id = monitor.startMonitoring(operationName, undefined, details, request);
  }

  /** Runs `fn`. Operations that it starts become stages of this one. */
  run<T>(fn: () => T): T {
    return this.#monitor.within(this.#id, fn);
  }

  /** Handles a progress notification. Without a total, it only shows that there is progress. */
  progress(params: Params): void {
    const { progress, total } = params;
    const ratio = typeof progress === 'number' && typeof total === 'number' ? progress / total : NaN;
    const last = this.#monitor.operations.get(this.#id)?.progress ?? 0;
    const percent = ratio >= 0 ? Math.min(ratio * 100, 100) : last;
    const message = textOf(params, 'message');
    this.#monitor.updateProgress(
      this.#id,
      percent,
      message === null ? {} : { message: this.#shortCopy(message) },
    );
  }

  end({ errorType, error = errorType, result, sizeBytes }: RequestEnd): void {
    const text = this.#shortCopy(error);
    const outcome = outcomeOfErrorType(errorType);
    if (outcome === 'cancelled') return this.#monitor.cancelMonitoring(this.#id, text);
    const captured =
      this.#isCapturingPayloads && result ? captureResult(result, sizeBytes, this.#redactor) : undefined;
    const details = isSuccess(outcome) ? captured : { error: text, error_type: errorType, ...captured };
    this.#monitor.endMonitoring(this.#id, outcome, details);
  }

  /** Redacts before it cuts, because half a secret may not match. Copies, because a slice keeps the whole text in memory. */
  #shortCopy(text: string): string {
    return wireText(this.#redactor.text(text, MAX_TEXT), MAX_TEXT + 1);
  }
}

/** Starts an operation for each tool call of one connection, in the session that the call belongs to. */
export class ToolOperations {
  readonly #options: ToolOperationsOptions;
  readonly #ownSessionId = randomUUID();

  constructor(options: ToolOperationsOptions) {
    this.#options = options;
  }

  /** @param client - of the connection; null if it is unknown */
  start({ request, name, params, sizeBytes }: StartedCall, client: ClientInfo | null): ToolOperation {
    const { sessions, server, owner, mcpSessionId } = this.#options;
    const toolName = textOf(params, 'name') ?? '';
    const call = { toolName, arguments: params['arguments'], mcpSessionId: mcpSessionId() ?? null };
    const chosen = this.#chosenSession(call);
    const sessionId = chosen ?? this.#connectionSession();
    // A chosen or shared session may have several clients.
    const ownClient = chosen === undefined && !this.isSessionless ? client : null;
    const monitor = sessions.open(sessionId, server.name, owner, { client: ownClient });
    const details: Params = {
      ...(request.toolName === name ? undefined : { requested_tool: name }),
      ...(request.trace ? { trace_id: request.trace.traceId } : undefined),
      ...(this.isCapturingPayloads ? captureArguments(params, sizeBytes, sessions.redactor) : undefined),
    };
    return new ToolOperation(monitor, request.toolName, details, {
      request,
      redactor: sessions.redactor,
      isCapturingPayloads: this.isCapturingPayloads,
    });
  }

  /** Opens the connection's own session, if it has one, and adds `facts` to it. */
  openSession(facts: SessionFacts): void {
    const { sessions, server, owner } = this.#options;
    if (!this.isSessionless) sessions.open(this.#connectionSession(), server.name, owner, facts);
  }

  get isCapturingPayloads(): boolean {
    return this.#options.config.isCapturingPayloads;
  }

  /** Whether the calls of this connection share a session with other connections. */
  get isSessionless(): boolean {
    return this.#options.isSessionless?.() ?? false;
  }

  /** Closes the connection's own session. Sessions that `sessionOf` chose may continue on other connections. */
  close(): void {
    if (!this.isSessionless) this.#options.sessions.close(this.#connectionSession());
  }

  /** A `sessionOf` that throws or returns an invalid id does not lose the call. */
  #chosenSession(call: ToolCall): string | undefined {
    const { sessions, sessionOf } = this.#options;
    try {
      const chosen: unknown = sessionOf?.(call);
      handleRejection(chosen, (error) => sessions.reportError(error));
      const isUsable = typeof chosen === 'string' && chosen !== '' && isShortName(chosen);
      return isUsable ? chosen : undefined;
    } catch (error) {
      sessions.reportError(error);
      return undefined;
    }
  }

  #connectionSession(): string {
    const { mcpSessionId, server } = this.#options;
    return mcpSessionId() ?? (this.isSessionless ? server.name : this.#ownSessionId);
  }
}
