import type { Clock } from '../../monitor/clock.ts';
import { guarded } from '../../monitor/guarded.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { knownMethod } from '../../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import { OTHER } from '../../monitor/other-label.ts';
import type { Direction, McpConnection, McpRequest } from '../../monitor/traffic-events.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import type { InFlight, InFlightByDirection } from './in-flight.ts';
import { LateAnswers } from './late-answers.ts';
import { isRequestId, textOf, type JsonRpcMessage, type RequestId } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import { cancelledFor, unobserved, type RequestEnd } from './request-end.ts';
import { progressTokenOf, traceOf } from '../wire/request-meta.ts';
import type { StartedCall, ToolOperation } from './tool-operation.ts';
import type { WatchedServer } from './watched-server.ts';

type RequestMessage = Extract<JsonRpcMessage, { kind: 'request' }>;
type Params = RequestMessage['params'];

export interface RequestTrackerOptions {
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly connection: McpConnection;
  readonly server: WatchedServer;
  readonly startOperation: (call: StartedCall) => ToolOperation;
  /** @defaultValue the limit `requests_per_connection` */
  readonly maxRequests?: number | undefined;
}

/** Time to wait for a response after a cancel that the server may ignore. */
const LATE_ANSWER_MS = 5000;

/** The requests of one connection, from their start to their end: a response, a cancel or a close. */
export class RequestTracker {
  readonly #options: RequestTrackerOptions;
  readonly #maxRequests: number;
  // Each side chooses its own ids, so both may use the same one.
  readonly #inFlight: InFlightByDirection = { client_to_server: new Map(), server_to_client: new Map() };
  readonly #byProgressToken = new Map<RequestId, InFlight>();
  readonly #lateAnswers = new LateAnswers();
  readonly #stopTracking = (inFlight: InFlight): void => this.stopTracking(inFlight, 'not_followed');

  constructor(options: RequestTrackerOptions) {
    this.#options = options;
    this.#maxRequests = options.maxRequests ?? LIMITS.requests_per_connection.max;
  }

  start(message: RequestMessage, direction: Direction, facts: MessageFacts): InFlight {
    const key = wireKey(message.id);
    const stale = this.#inFlight[direction].get(key);
    if (stale) this.end(stale, { errorType: OTHER, error: 'a new request reused its id' });
    this.#lateAnswers.forget(key);
    this.#makeRoom(direction);

    const { sessions } = this.#options;
    const inFlight = this.#createInFlight(key, message, direction, facts);
    const { request, tokenKey, operation } = inFlight;
    this.#inFlight[direction].set(key, inFlight);
    if (tokenKey !== null && operation) this.#byProgressToken.set(tokenKey, inFlight);
    sessions.publish({ type: 'request_started', request, sizeBytes: facts.sizeBytes ?? null });
    sessions.requests.add(inFlight);
    return inFlight;
  }

  find(id: RequestId, direction: Direction): InFlight | undefined {
    return this.findByKey(wireKey(id), direction);
  }

  findByKey(key: RequestId, direction: Direction): InFlight | undefined {
    return this.#inFlight[direction].get(key);
  }

  /** The tool call that a progress notification refers to. */
  findByProgressToken(params: Params): InFlight | undefined {
    const token = params['progressToken'];
    return isRequestId(token) ? this.#byProgressToken.get(wireKey(token)) : undefined;
  }

  end(inFlight: InFlight, end: RequestEnd, atMs = this.#options.clock.monotonic()): void {
    if (!this.#forget(inFlight)) return;
    const { request, name, startedAtMs, operation } = inFlight;
    const { sessions, server } = this.#options;
    const { toolName, promptName } = request;
    sessions.publish({
      type: 'request_ended',
      request,
      toolName: toolName === OTHER ? server.tools.resolve(name, name) : toolName,
      promptName: promptName === OTHER ? server.prompts.resolve(name, name) : promptName,
      durationSeconds: (atMs - startedAtMs) / 1000,
      errorType: end.errorType,
      cancellation: end.cancellation ?? null,
      unobserved: end.unobserved ?? null,
      inputRequired: end.inputRequired ?? false,
      sizeBytes: end.sizeBytes ?? null,
    });
    operation?.end(end);
  }

  /** Ends a request whose response cannot be observed. The response may still arrive. */
  stopTracking(inFlight: InFlight, reason: UnobservedReason): void {
    this.skip(1);
    this.end(inFlight, unobserved(reason));
  }

  /** Counts requests that were forwarded without being read. */
  skip(count: number): void {
    this.#lateAnswers.noteUntracked(count);
  }

  /** Handles a `notifications/cancelled` from the side that made the request. */
  cancel(params: Params, direction: Direction): void {
    const id = params['requestId'];
    const inFlight = isRequestId(id) ? this.find(id, direction) : undefined;
    if (!inFlight) return;
    this.#lateAnswers.noteCancelled(inFlight.key);
    const end = cancelledFor(textOf(params, 'reason') ?? '');
    // SDK v1 has a bug: its servers ignore a cancel of id 0 and respond.
    if (id === 0 && direction === 'client_to_server') this.#cancelUnlessAnswered(inFlight, end);
    else this.end(inFlight, end);
  }

  /** Whether a response without a request in flight is expected. Each call uses up one expected response. */
  takeLateAnswer(id: RequestId): boolean {
    return this.#lateAnswers.take(wireKey(id));
  }

  /** Ends every request in flight as `end`. A request that was cancelled before ends as cancelled. */
  closeAll(end: RequestEnd): void {
    for (const requests of Object.values(this.#inFlight)) {
      for (const inFlight of requests.values()) {
        const { cancelling } = inFlight;
        if (end.cancellation) this.#lateAnswers.noteCancelled(inFlight.key);
        this.end(inFlight, cancelling?.end ?? end, cancelling?.atMs);
      }
    }
  }

  #createInFlight(
    key: RequestId,
    message: RequestMessage,
    direction: Direction,
    { traceparent, sizeBytes }: MessageFacts,
  ): InFlight {
    const { connection, server, clock, startOperation } = this.#options;
    const { params } = message;
    const method = knownMethod(message.method);
    const given = textOf(params, 'name') ?? '';
    const name = server.namesFor(method)?.copyOf(given) ?? '';
    const request: McpRequest = {
      connection,
      direction,
      method,
      toolName: method === 'tools/call' ? server.tools.resolve(given, name) : '',
      promptName: method === 'prompts/get' ? server.prompts.resolve(given, name) : '',
      trace: traceOf(params, traceparent),
    };
    const isToolCall = method === 'tools/call' && direction === 'client_to_server';
    return {
      request,
      key,
      name,
      uriKey: uriKeyOf(method, params),
      tokenKey: tokenKeyOf(params),
      startedAtMs: clock.monotonic(),
      operation: isToolCall ? startOperation({ request, name, params, sizeBytes }) : null,
      stopTracking: this.#stopTracking,
    };
  }

  #makeRoom(direction: Direction): void {
    const requests = this.#inFlight[direction];
    if (requests.size < this.#maxRequests) return;
    for (const oldest of requests.values()) {
      this.#stopTracking(oldest);
      break;
    }
    this.#options.sessions.reportLimit('requests_per_connection');
  }

  /** @returns whether it was in flight */
  #forget(inFlight: InFlight): boolean {
    const { request, key, tokenKey } = inFlight;
    const requests = this.#inFlight[request.direction];
    if (requests.get(key) !== inFlight) return false;
    requests.delete(key);
    clearTimeout(inFlight.cancelling?.timer);
    this.#options.sessions.requests.remove(inFlight);
    if (tokenKey !== null && this.#byProgressToken.get(tokenKey) === inFlight) {
      this.#byProgressToken.delete(tokenKey);
    }
    return true;
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
}

function uriKeyOf(method: string, params: Params): string {
  return method.endsWith('subscribe') ? wireKey(textOf(params, 'uri') ?? '') : '';
}

function tokenKeyOf(params: Params): RequestId | null {
  const token = progressTokenOf(params);
  return token === null ? null : wireKey(token);
}
