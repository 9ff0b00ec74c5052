import type { Allowance } from '../../monitor/allowance.ts';
import type { OnLimit } from '../../monitor/limits.ts';
import { OTHER } from '../../monitor/other-label.ts';
import type { UnobservedReason } from '../../monitor/unobserved-reasons.ts';
import { endOfConnection, endOfUnanswered, type ExchangeEnd } from './exchange-end.ts';
import { HttpBody } from './http-body.ts';
import type { HttpConnection } from './http-connection.ts';
import type { RequestId } from '../wire/json-rpc.ts';
import type { ReadMessages } from '../wire/message-reader.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import type { RequestEnd } from '../protocol/request-end.ts';
import type { InFlight } from '../protocol/in-flight.ts';
import type { ToolOperation } from '../protocol/tool-operation.ts';
import { wireTextOf, type WireText } from '../wire/wire-text.ts';

type Header = (name: string) => string | undefined;

export interface HttpRequestHead {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly header: Header;
  /** The client that the request counts for in limits. */
  readonly client?: string;
}

/** Registry of the connections that exchanges belong to. */
export interface HttpConnections {
  /** Call when the server has assigned a session id. */
  register(connection: HttpConnection, sessionId: string): void;
  /**
   * Call when the server has announced the endpoint of an HTTP+SSE stream.
   *
   * @param endpoint - as the server wrote it, absolute or relative
   * @param requestPath - path of the request for the stream; the client resolves `endpoint` against it
   */
  announce(connection: HttpConnection, endpoint: string, requestPath: string): void;
  /**
   * Call when the session, the stream or the single request has ended.
   *
   * @param how - the end of requests that are still in flight
   */
  end(connection: HttpConnection, how: RequestEnd): void;
  beginExchange(connection: HttpConnection): void;
  finishExchange(connection: HttpConnection): void;
  /** The bytes that all incomplete bodies together may buffer. */
  readonly textAllowance: Allowance;
  readonly onLimit: OnLimit;
  /** Call with a content encoding that is not supported. */
  onUndecodable(encoding: string): void;
  /** Reports an internal error. It must not affect the client or the server. */
  reportError(error: unknown): void;
}

interface UnreadRequest {
  readonly request: InFlight;
  readonly reason: UnobservedReason;
}

/** The status that SDK v2's handler returns if the client has disconnected. */
export const CLIENT_CLOSED_REQUEST = 499;

/** Bounds for the ids that are kept of a batch, to respond to it if the server is unreachable. */
const MAX_IDS = 100;
const MAX_ID_LENGTH = 1000;

/**
 * One HTTP request to an MCP server, and its response: a JSON body or a stream of events. Call the methods in this order:
 * {@link requestBody}, {@link response}, {@link responseChunk}, {@link responseEnd} and {@link end}. exchange-end.ts
 * decides how unanswered requests and the connection end.
 */
export class HttpExchange {
  readonly #head: HttpRequestHead;
  readonly #connection: HttpConnection;
  readonly #connections: HttpConnections;
  readonly #facts: MessageFacts;
  /** The JSON-RPC requests in the body. */
  readonly #requests: InFlight[] = [];
  #requestCount = 0;
  /** The ids of these requests, except those beyond the bounds. */
  readonly #ids: RequestId[] = [];
  /** Why part of the response was not read. */
  #unread: UnobservedReason | null = null;
  /** The request in the body, if it was not read. */
  #unreadRequest: UnreadRequest | null = null;
  #responseBody: HttpBody | null = null;
  #responseRead: Promise<void> | null = null;
  #status = 0;
  /** The stream's events have ids, so that a client can resume it. */
  #isResumable = false;
  #errorCode: string | null = null;
  #isEnded = false;

  constructor(head: HttpRequestHead, connection: HttpConnection, connections: HttpConnections) {
    this.#head = head;
    this.#connection = connection;
    this.#connections = connections;
    this.#facts = {
      protocolVersion: head.header('mcp-protocol-version'),
      traceparent: head.header('traceparent'),
    };
    connections.beginExchange(connection);
  }

  /** The ids of the JSON-RPC requests in the body; empty if any were beyond the bounds. */
  get requestIds(): readonly RequestId[] {
    return this.#ids.length === this.#requestCount ? this.#ids : [];
  }

  /** The code of the JSON-RPC error with which the server refused the request, if any. */
  get errorCode(): string | null {
    return this.#errorCode;
  }

  /**
   * Observes the whole body of the request.
   *
   * @returns the operation that it starts; null if it is not a tool call
   */
  requestBody(text: WireText): ToolOperation | null {
    return this.#guard(() => {
      const { observer } = this.#connection;
      const read = observer.read(text, 'client_to_server');
      if (read.problem === 'not_json') observer.transportError('parse');
      if (read.problem === 'too_large') this.unreadRequestBody('too_large');
      return this.#onRequestMessages(read);
    }, null);
  }

  /** Call instead if the body could not be read. What the exchange was about is then unknown. */
  unreadRequestBody(reason: UnobservedReason, encoding?: string): void {
    this.#guard(() => {
      const request = this.#connection.observer.unreadRequest();
      if (request) this.#unreadRequest = { request, reason };
      if (encoding !== undefined && reason === 'undecodable') this.#connections.onUndecodable(encoding);
    }, undefined);
  }

  /** The same for a body that is already parsed. */
  parsedRequestBody(value: unknown): ToolOperation | null {
    const values = Array.isArray(value) ? value : [value];
    return this.#guard(() => this.#onRequestMessages(this.#connection.observer.readParsed(values)), null);
  }

  #onRequestMessages({ messages, sizeBytes }: ReadMessages): ToolOperation | null {
    const facts = { ...this.#facts, sizeBytes };
    let operation: ToolOperation | null = null;
    for (const message of messages) {
      if (message.kind === 'request') this.#noteRequest(message.id);
      const started = this.#connection.observer.clientMessage(message, facts);
      if (started) this.#requests.push(started);
      operation ??= started?.operation ?? null;
    }
    return operation;
  }

  /** Observes the head of the response. */
  response(status: number, header: Header): void {
    this.#status = status;
    this.#guard(() => this.#onResponseHead(header), undefined);
  }

  #onResponseHead(header: Header): void {
    const sessionId = header('mcp-session-id') || undefined;
    const isNew = sessionId !== undefined && !this.#connection.isLasting;
    if (isNew) this.#connections.register(this.#connection, sessionId);
    this.#responseBody = new HttpBody(header('content-type') ?? '', header('content-encoding'), {
      onJson: (text) => this.#onText(text),
      onEvent: (event) => this.#onEvent(event),
      onError: (error) => this.#connections.reportError(error),
      onUnread: (reason) => (this.#unread ??= reason),
      onUndecodable: (encoding) => this.#connections.onUndecodable(encoding),
      allowance: this.#connections.textAllowance,
      onLimit: this.#connections.onLimit,
    });
  }

  /** Observes a chunk of the response's body. */
  responseChunk(chunk: Uint8Array): void {
    this.#guard(() => this.#responseBody?.push(chunk), undefined);
  }

  /** Call when the response's body is complete. */
  responseEnd(): Promise<void> {
    this.#responseRead ??= this.#responseBody?.end() ?? Promise.resolve();
    return this.#responseRead;
  }

  /** Call when the exchange has ended. Never rejects. */
  async end(how: ExchangeEnd): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.responseEnd().catch((error: unknown) => this.#connections.reportError(error));
    this.#guard(() => this.#onEnd(how), undefined);
  }

  #onEnd(how: ExchangeEnd): void {
    const connection = this.#connection;
    const actual = this.#status === CLIENT_CLOSED_REQUEST ? 'client_gone' : how;
    for (const request of this.#requests) this.#endRequest(request, actual);
    if (this.#unreadRequest) this.#endUnread(this.#unreadRequest);
    this.#connections.finishExchange(connection);
    connection.latestEnd = actual;
    const end = endOfConnection({
      isLasting: connection.isLasting,
      how: actual,
      method: this.#head.method,
      isSuccess: this.#status >= 200 && this.#status < 300,
      isUnknownSession: this.#status === 404 && this.#head.header('mcp-session-id') !== undefined,
      isStream: connection.isStream,
    });
    if (end) this.#connections.end(connection, end);
  }

  #noteRequest(id: RequestId): void {
    this.#requestCount += 1;
    if (this.#ids.length < MAX_IDS && isShortId(id)) this.#ids.push(id);
  }

  #onEvent({ event, id, data }: { event?: string | undefined; id?: string | undefined; data: string }): void {
    if (event === 'endpoint') return this.#connections.announce(this.#connection, data, this.#head.path);
    if (id !== undefined && id !== '') this.#isResumable = true;
    // Clients ignore events with other names.
    if (event !== undefined && event !== '' && event !== 'message') return;
    if (!this.#connection.isNewEvent(id) || data === '') return;
    this.#onText(wireTextOf(data));
  }

  #onText(text: WireText): void {
    const { observer } = this.#connection;
    const { messages, sizeBytes, problem, skipped } = observer.read(text, 'server_to_client');
    const isRefused = this.#status >= 400;
    if (skipped > 0) this.#unread ??= 'too_large';
    else if (messages.length === 0) this.#unread ??= 'not_json_rpc';
    if (problem === 'not_json' && !isRefused) observer.transportError('parse');
    const facts = { sizeBytes };
    for (const message of messages) {
      if (isRefused && message.kind === 'error') this.#errorCode = codeOf(message);
      observer.serverMessage(message, facts, this.#requests);
    }
  }

  /** Ends a request that no message of the exchange has answered. */
  #endRequest(request: InFlight, how: ExchangeEnd): void {
    const { observer, isLasting } = this.#connection;
    if (!observer.isInFlight(request)) return;
    const end = endOfUnanswered({
      how,
      isRefused: this.#status >= 300,
      isAnsweredElsewhere: isLasting && (this.#isResumable || this.#status === 202),
      isUnread: this.#unread !== null,
    });
    if (end === 'in_flight') return;
    if (end === 'unobserved') return observer.endUnobserved(request, this.#unread ?? 'fault');
    observer.endRequest(request, end === 'refused' ? this.#refusal() : end);
  }

  #endUnread({ request, reason }: UnreadRequest): void {
    const { observer } = this.#connection;
    if (!observer.isInFlight(request)) return;
    if (this.#status >= 400) observer.endRequest(request, this.#refusal());
    else observer.endUnobserved(request, reason);
  }

  #refusal(): RequestEnd {
    const error = `the server refused the request with HTTP status ${this.#status}`;
    return { errorType: this.#errorCode ?? OTHER, error };
  }

  /** An internal error must not affect the client or the server. */
  #guard<T>(observe: () => T, otherwise: T): T {
    try {
      return observe();
    } catch (error) {
      this.#connections.reportError(error);
      return otherwise;
    }
  }
}

function codeOf({ code }: { readonly code: number | null }): string | null {
  return code === null ? null : String(code);
}

function isShortId(id: RequestId): boolean {
  return String(id).length <= MAX_ID_LENGTH;
}
