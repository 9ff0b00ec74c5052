import type { Clock } from '../monitor/clock.ts';
import { guarded } from '../monitor/guarded.ts';
import { knownMethod } from '../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { OTHER, type Direction, type McpConnection, type McpRequest } from '../monitor/traffic-events.ts';
import { isRequestId, textOf, type JsonRpcMessage, type RequestId } from './json-rpc.ts';
import type { MessageFacts } from './message-facts.ts';
import { progressTokenOf, traceOf } from './request-meta.ts';
import type { RequestEnd, ToolOperation } from './tool-operation.ts';
import type { WatchedServer } from './watched-server.ts';

type RequestMessage = Extract<JsonRpcMessage, { kind: 'request' }>;
type Params = RequestMessage['params'];

/** A request that has started and not ended. */
export interface InFlight {
  readonly request: McpRequest;
  readonly id: RequestId;
  readonly params: Params;
  readonly startedAtMs: number;
  /** For a tool call of the client. */
  readonly operation: ToolOperation | null;
  /** It was cancelled, and may be answered all the same; then this does not happen. */
  cancelling?: { readonly end: RequestEnd; readonly atMs: number; readonly timer: NodeJS.Timeout };
}

export interface RequestTrackerOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly connection: McpConnection;
  readonly server: WatchedServer;
  readonly startOperation: (request: McpRequest, params: Params, sizeBytes?: number) => ToolOperation;
}

const MAX_CANCELLED_IDS = 1000;
/** So long after a cancel that may be overlooked an answer is waited for. */
const LATE_ANSWER_MS = 5000;

/** The requests of one connection, from their start to whatever ends them: an answer, a cancel, a close. */
export class RequestTracker {
  readonly #options: RequestTrackerOptions;
  // Each side counts its own ids.
  readonly #inFlight: Record<Direction, Map<RequestId, InFlight>> = {
    client_to_server: new Map(),
    server_to_client: new Map(),
  };
  readonly #byProgressToken = new Map<RequestId, InFlight>();
  /** A cancelled request gets no answer; where one comes after all, it is no surprise. */
  readonly #cancelled = new Set<RequestId>();

  constructor(options: RequestTrackerOptions) {
    this.#options = options;
  }

  start(
    { id, method: givenMethod, params }: RequestMessage,
    direction: Direction,
    { traceparent, sizeBytes }: MessageFacts,
  ): InFlight {
    const stale = this.find(id, direction);
    if (stale) this.end(stale, { errorType: OTHER, error: 'its id was used again' });
    this.#cancelled.delete(id);

    const { connection, server, clock, sessions } = this.#options;
    const method = knownMethod(givenMethod);
    const name = textOf(params, 'name') ?? '';
    const request: McpRequest = {
      connection,
      direction,
      method,
      toolName: method === 'tools/call' ? server.tools.resolve(name) : '',
      promptName: method === 'prompts/get' ? server.prompts.resolve(name) : '',
      trace: traceOf(params, traceparent),
    };
    const isToolCall = method === 'tools/call' && direction === 'client_to_server';
    const operation = isToolCall ? this.#options.startOperation(request, params, sizeBytes) : null;
    const inFlight: InFlight = { request, id, params, startedAtMs: clock.monotonic(), operation };
    this.#inFlight[direction].set(id, inFlight);
    const token = progressTokenOf(params);
    if (token !== null && operation) this.#byProgressToken.set(token, inFlight);
    sessions.publish({ type: 'request_started', request, sizeBytes: sizeBytes ?? null });
    return inFlight;
  }

  find(id: RequestId, direction: Direction): InFlight | undefined {
    return this.#inFlight[direction].get(id);
  }

  /** The tool call that a progress notification speaks of. */
  findByProgressToken(params: Params): InFlight | undefined {
    const token = params['progressToken'];
    return isRequestId(token) ? this.#byProgressToken.get(token) : undefined;
  }

  end(inFlight: InFlight, end: RequestEnd, atMs = this.#options.clock.monotonic()): void {
    const { request, params, id, startedAtMs, operation } = inFlight;
    clearTimeout(inFlight.cancelling?.timer);
    this.#inFlight[request.direction].delete(id);
    const token = progressTokenOf(params);
    if (token !== null && this.#byProgressToken.get(token) === inFlight) this.#byProgressToken.delete(token);
    const { sessions, server } = this.#options;
    const name = textOf(params, 'name') ?? '';
    sessions.publish({
      type: 'request_ended',
      request,
      toolName: request.toolName === '' ? '' : server.tools.resolve(name),
      promptName: request.promptName === '' ? '' : server.prompts.resolve(name),
      durationSeconds: (atMs - startedAtMs) / 1000,
      errorType: end.errorType,
      cancellation: end.cancellation ?? null,
      inputRequired: end.inputRequired ?? false,
      sizeBytes: end.sizeBytes ?? null,
    });
    operation?.end(end);
  }

  /** Follows a `notifications/cancelled` of the side that made the request. */
  cancel(params: Params, direction: Direction): void {
    const id = params['requestId'];
    if (!isRequestId(id)) return;
    const inFlight = this.find(id, direction);
    if (!inFlight) return;
    if (this.#cancelled.size < MAX_CANCELLED_IDS) this.#cancelled.add(id);
    const reason = textOf(params, 'reason') ?? '';
    const isTimeout = /timed? ?out/i.test(reason);
    const end: RequestEnd = {
      errorType: isTimeout ? 'timeout' : 'cancelled',
      error: reason === '' ? 'cancelled' : reason,
      cancellation: isTimeout ? 'timeout' : 'notification',
    };
    // A server of SDK v1 overlooks a cancel of id 0, and answers; any other does not.
    if (id === 0 && direction === 'client_to_server') this.#cancelUnlessAnswered(inFlight, end);
    else this.end(inFlight, end);
  }

  #cancelUnlessAnswered(inFlight: InFlight, end: RequestEnd): void {
    if (inFlight.cancelling) return;
    const atMs = this.#options.clock.monotonic();
    const endLate = guarded(
      () => this.end(inFlight, end, atMs),
      (error) => this.#options.sessions.reportError(error),
    );
    const timer = setTimeout(endLate, LATE_ANSWER_MS).unref();
    inFlight.cancelling = { end, atMs, timer };
  }

  /** Whether this answer is one to a request that was cancelled. */
  takeCancelled(id: RequestId): boolean {
    return this.#cancelled.delete(id);
  }

  /** Ends whatever is in flight: nobody will answer it, and nobody would hear it. */
  closeAll(end: RequestEnd): void {
    for (const requests of Object.values(this.#inFlight)) {
      for (const inFlight of requests.values()) {
        const { cancelling } = inFlight;
        this.end(inFlight, cancelling?.end ?? end, cancelling?.atMs);
      }
    }
  }
}
