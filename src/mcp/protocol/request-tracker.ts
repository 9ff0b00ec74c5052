import type { Clock } from '../../monitor/clock.ts';
import { guarded } from '../../monitor/guarded.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { knownMethod } from '../../monitor/mcp-vocabulary.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import { OTHER } from '../../monitor/other-label.ts';
import {
  OPPOSITE,
  type Direction,
  type McpConnection,
  type McpRequest,
} from '../../monitor/traffic-events.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import { answeredKeys } from './answered-key.ts';
import type { InFlight } from './in-flight.ts';
import { InFlightTable } from './in-flight-table.ts';
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
/** Time to wait for a response that may have come already, as long as the SDKs' clients wait. */
const DOUBT_MS = 60_000;

/** The requests of one connection, from their start to their end: a response, a cancel or a close. */
export class RequestTracker {
  readonly #options: RequestTrackerOptions;
  readonly #maxRequests: number;
  // Each side chooses its own ids, so both may use the same one.
  readonly #inFlight: Readonly<Record<Direction, InFlightTable>> = {
    client_to_server: new InFlightTable(),
    server_to_client: new InFlightTable(),
  };
  readonly #byProgressToken = new Map<RequestId, InFlight>();
  readonly #lateAnswers: Readonly<Record<Direction, LateAnswers>> = {
    client_to_server: new LateAnswers(),
    server_to_client: new LateAnswers(),
  };
  readonly #stopTracking = (inFlight: InFlight): void => this.stopTracking(inFlight, 'not_followed');

  constructor(options: RequestTrackerOptions) {
    this.#options = options;
    this.#maxRequests = options.maxRequests ?? LIMITS.requests_per_connection.max;
  }

  start(message: RequestMessage, direction: Direction, facts: MessageFacts): InFlight {
    const key = wireKey(message.id);
    this.#lateAnswers[direction].forget(key);
    this.#makeRoom(direction);

    const { sessions } = this.#options;
    const inFlight = this.#createInFlight(key, message, direction, facts);
    const { request, tokenKey, operation } = inFlight;
    this.#inFlight[direction].add(inFlight);
    if (tokenKey !== null && operation) this.#byProgressToken.set(tokenKey, inFlight);
    sessions.publish({ type: 'request_started', request, sizeBytes: facts.sizeBytes ?? null });
    sessions.requests.add(inFlight);
    return inFlight;
  }

  isInFlight(inFlight: InFlight): boolean {
    return this.#inFlight[inFlight.request.direction].has(inFlight);
  }

  /**
   * The request that a response answers: the oldest with its id.
   *
   * @param own - requests that the response answers first: those of its HTTP exchange
   */
  answeredBy(id: RequestId, direction: Direction, own: readonly InFlight[] = []): InFlight | undefined {
    const requests = this.#inFlight[direction];
    for (const key of answeredKeys(id)) {
      const same = requests.withKey(key);
      const answered = same.find((each) => own.includes(each)) ?? same[0];
      if (answered) return answered;
    }
    return undefined;
  }

  /** Ends a request with its response. If its id was reused, the other requests may not get one. */
  answer(inFlight: InFlight, end: RequestEnd): void {
    this.end(inFlight, end);
    for (const other of this.#inFlight[inFlight.request.direction].withKey(inFlight.key)) {
      this.#doubt(other, 'id_reused');
    }
  }

  /** Handles a response that was too large to read. Unless only one request waits, it is unknown which one it answered. */
  missResponse(direction: Direction): void {
    const waiting = this.#inFlight[direction].all();
    const [only] = waiting;
    if (only && waiting.length === 1) return this.stopTracking(only, 'too_large');
    for (const inFlight of waiting) this.#doubt(inFlight, 'too_large');
  }

  /** The tool call that a progress notification refers to. */
  findByProgressToken(params: Params): InFlight | undefined {
    const token = params['progressToken'];
    if (!isRequestId(token)) return undefined;
    const key = answeredKeys(token).find((each) => this.#byProgressToken.has(each));
    return key === undefined ? undefined : this.#byProgressToken.get(key);
  }

  end(inFlight: InFlight, end: RequestEnd, atMs = this.#options.clock.monotonic()): void {
    if (!this.#forget(inFlight)) return;
    const { request, key, name, startedAtMs, operation } = inFlight;
    if (end.cancellation) this.#lateAnswers[request.direction].noteCancelled(key, request.method);
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
  stopTracking(inFlight: InFlight, reason: UnobservedReason, atMs?: number): void {
    this.skip(inFlight.request.direction, 1);
    this.end(inFlight, unobserved(reason), atMs);
  }

  /** Counts requests that were forwarded without being read. */
  skip(direction: Direction, count: number): void {
    this.#lateAnswers[direction].noteUntracked(count);
  }

  /** Handles a `notifications/cancelled` from the side that made the request. */
  cancel(params: Params, direction: Direction): void {
    const id = params['requestId'];
    // If the id was reused, a server knows only the latest request with it.
    const inFlight = isRequestId(id) ? this.#inFlight[direction].withKey(wireKey(id)).at(-1) : undefined;
    if (!inFlight) return;
    const end = cancelledFor(textOf(params, 'reason') ?? '');
    // SDK v1 has a bug: its servers ignore a cancel of id 0 and respond.
    if (id === 0 && direction === 'client_to_server') this.#cancelUnlessAnswered(inFlight, end);
    else this.end(inFlight, end);
  }

  /**
   * Handles a response without a request in flight.
   *
   * @param direction - of the request
   * @returns whether the response is expected
   */
  answerLate(id: RequestId, direction: Direction, sizeBytes: number | undefined): boolean {
    const late = this.#lateAnswers[direction];
    const method = late.takeCancelled(answeredKeys(id));
    if (method === undefined) return late.takeUntracked();
    const { sessions, connection } = this.#options;
    if (sizeBytes !== undefined) {
      sessions.publish({
        type: 'late_response',
        connection,
        direction: OPPOSITE[direction],
        method,
        sizeBytes,
      });
    }
    return true;
  }

  /** Ends every request in flight as `end`. A request that was cancelled before ends as cancelled. */
  closeAll(end: RequestEnd): void {
    for (const requests of Object.values(this.#inFlight)) {
      for (const inFlight of requests.all()) {
        const { cancelling, doubt } = inFlight;
        if (end.cancellation && doubt) this.stopTracking(inFlight, doubt.reason, doubt.atMs);
        else this.end(inFlight, cancelling?.end ?? end, cancelling?.atMs);
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
      rpcId: rpcIdOf(key),
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
    const oldest = requests.oldest();
    if (oldest) this.#stopTracking(oldest);
    this.#options.sessions.reportLimit('requests_per_connection');
  }

  /** @returns whether it was in flight */
  #forget(inFlight: InFlight): boolean {
    const { request, tokenKey } = inFlight;
    if (!this.#inFlight[request.direction].delete(inFlight)) return false;
    clearTimeout(inFlight.cancelling?.timer);
    clearTimeout(inFlight.doubt?.timer);
    this.#options.sessions.requests.remove(inFlight);
    if (tokenKey !== null && this.#byProgressToken.get(tokenKey) === inFlight) {
      this.#byProgressToken.delete(tokenKey);
    }
    return true;
  }

  #cancelUnlessAnswered(inFlight: InFlight, end: RequestEnd): void {
    if (inFlight.cancelling) return;
    const atMs = this.#options.clock.monotonic();
    const timer = this.#later(LATE_ANSWER_MS, () => this.end(inFlight, end, atMs));
    inFlight.cancelling = { end, atMs, timer };
  }

  #doubt(inFlight: InFlight, reason: UnobservedReason): void {
    const atMs = this.#options.clock.monotonic();
    const timer = () => this.#later(DOUBT_MS, () => this.stopTracking(inFlight, reason, atMs));
    inFlight.doubt ??= { reason, atMs, timer: timer() };
  }

  #later(delayMs: number, run: () => void): NodeJS.Timeout {
    const onError = (error: unknown) => this.#options.sessions.reportError(error);
    return setTimeout(guarded(run, onError), delayMs).unref();
  }
}

/** The SDKs round integers above 2^53, so their observers know only the rounded one. */
function rpcIdOf(key: RequestId): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(Number(key));
}

function uriKeyOf(method: string, params: Params): string {
  return method.endsWith('subscribe') ? wireKey(textOf(params, 'uri') ?? '') : '';
}

function tokenKeyOf(params: Params): RequestId | null {
  const token = progressTokenOf(params);
  return token === null ? null : wireKey(token);
}
