import type { Allowance } from '../../monitor/allowance.ts';
import type { OnLimit } from '../../monitor/limits.ts';
import { OTHER } from '../../monitor/other-label.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import { endOfConnection, fateOf, type ExchangeEnd } from './exchange-end.ts';
import { HttpBody } from './http-body.ts';
import type { HttpConnection } from './http-connection.ts';
import type { RequestId } from '../wire/json-rpc.ts';
import type { ReadMessages } from '../wire/message-reader.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import type { RequestEnd } from '../protocol/request-end.ts';
import type { ToolOperation } from '../protocol/tool-operation.ts';
import { wireTextOf, type WireText } from '../wire/wire-text.ts';

type Header = (name: string) => string | undefined;

export interface HttpRequestHead {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly header: Header;
  /** Who sends it, for limits; unknown if left out. */
  readonly client?: string;
}

/** Whoever knows which connections there are. */
export interface HttpConnections {
  /** The server has given the connection its session id. */
  register(connection: HttpConnection, sessionId: string): void;
  /**
   * The server has told the client of an HTTP+SSE stream where to send.
   *
   * @param endpoint - as the server wrote it, absolute or not
   * @param requestPath - of the request for the stream, which the client resolves it against
   */
  announce(connection: HttpConnection, endpoint: string, requestPath: string): void;
  /**
   * The session, the stream or the single request is over.
   *
   * @param how - how requests end that are still in flight
   */
  end(connection: HttpConnection, how: RequestEnd): void;
  beginExchange(connection: HttpConnection): void;
  finishExchange(connection: HttpConnection): void;
  /** What the bodies of all exchanges may hold together, until they are complete. */
  readonly textAllowance: Allowance;
  readonly onLimit: OnLimit;
  /** Hears what went wrong here, which no client and no server is to notice. */
  reportError(error: unknown): void;
}

/** What v2’s handler answers when nobody is there to be answered. */
export const CLIENT_CLOSED_REQUEST = 499;

/** So many ids, of so many characters, are kept of a batch to answer it with if the server is unreachable. */
const MAX_IDS = 100;
const MAX_ID_LENGTH = 1000;

/**
 * One HTTP request to an MCP server, and its answer: a JSON body or a stream of events, in which messages come. In order:
 * {@link requestBody}, {@link response}, {@link responseChunk}, {@link responseEnd} and {@link end}. What becomes of
 * requests without an answer, and of the connection, is in exchange-end.ts.
 */
export class HttpExchange {
  readonly #head: HttpRequestHead;
  readonly #connection: HttpConnection;
  readonly #connections: HttpConnections;
  readonly #facts: MessageFacts;
  /** The requests that came with this one, by the keys of their ids. */
  readonly #requests: RequestId[] = [];
  /** Their ids, unless they are unusually many or long. */
  readonly #ids: RequestId[] = [];
  /** Part of the answer was too large to be read. */
  #hasUnread = false;
  #answer: HttpBody | null = null;
  #answerRead: Promise<void> | null = null;
  #status = 0;
  /** The stream's events have ids: a client that lost it may ask for the rest. */
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

  /** The ids of the requests that came with it; none if there were very many, or very long ones. */
  get requestIds(): readonly RequestId[] {
    return this.#ids.length === this.#requests.length ? this.#ids : [];
  }

  /** The code of the JSON-RPC error that answers a request which was refused, where there is one. */
  get errorCode(): string | null {
    return this.#errorCode;
  }

  /**
   * Takes note of the request's body, as a whole.
   *
   * @returns the operation that it starts, where it is a tool call
   */
  requestBody(text: WireText): ToolOperation | null {
    return this.#guard(() => {
      const { observer } = this.#connection;
      const read = observer.read(text, 'client_to_server');
      if (read.problem === 'not_json') observer.transportError('parse');
      return this.#onRequestMessages(read);
    }, null);
  }

  /** The same, where the body is parsed already. */
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
      operation ??= started;
    }
    return operation;
  }

  /** Takes note of the answer's head. */
  response(status: number, header: Header): void {
    this.#status = status;
    this.#guard(() => this.#onResponseHead(header), undefined);
  }

  #onResponseHead(header: Header): void {
    const sessionId = header('mcp-session-id') || undefined;
    const isNew = sessionId !== undefined && !this.#connection.isLasting;
    if (isNew) this.#connections.register(this.#connection, sessionId);
    this.#answer = new HttpBody(header('content-type') ?? '', header('content-encoding'), {
      onJson: (text) => this.#onText(text),
      onEvent: (event) => this.#onEvent(event),
      onError: (error) => this.#connections.reportError(error),
      onUnread: () => (this.#hasUnread = true),
      allowance: this.#connections.textAllowance,
      onLimit: this.#connections.onLimit,
    });
  }

  /** Takes note of a part of the answer's body. */
  responseChunk(chunk: Uint8Array): void {
    this.#guard(() => this.#answer?.push(chunk), undefined);
  }

  /** The answer's body is complete. */
  responseEnd(): Promise<void> {
    this.#answerRead ??= this.#answer?.end() ?? Promise.resolve();
    return this.#answerRead;
  }

  /** The exchange is over. Never rejects. */
  async end(how: ExchangeEnd): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.responseEnd().catch((error: unknown) => this.#connections.reportError(error));
    this.#guard(() => this.#onEnd(how), undefined);
  }

  #onEnd(how: ExchangeEnd): void {
    const connection = this.#connection;
    const actual = this.#status === CLIENT_CLOSED_REQUEST ? 'client_gone' : how;
    for (const key of this.#requests) this.#endRequest(key, actual);
    this.#connections.finishExchange(connection);
    connection.isBrokenOff = actual === 'broken';
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
    this.#requests.push(wireKey(id));
    if (this.#ids.length < MAX_IDS && isShortId(id)) this.#ids.push(id);
  }

  #onEvent({ event, id, data }: { event?: string | undefined; id?: string | undefined; data: string }): void {
    if (event === 'endpoint') return this.#connections.announce(this.#connection, data, this.#head.path);
    if (id !== undefined && id !== '') this.#isResumable = true;
    if (!this.#connection.isNewEvent(id) || data === '') return;
    this.#onText(wireTextOf(data));
  }

  #onText(text: WireText): void {
    const { observer } = this.#connection;
    const { messages, sizeBytes, problem } = observer.read(text, 'server_to_client');
    const isRefused = this.#status >= 400;
    if (problem === 'too_large') this.#hasUnread = true;
    if (problem === 'not_json' && !isRefused) observer.transportError('parse');
    const facts = { sizeBytes };
    for (const message of messages) {
      if (isRefused && message.kind === 'error') this.#errorCode = codeOf(message);
      observer.serverMessage(message, facts);
    }
  }

  /** A request that no message has answered, though the exchange is over. */
  #endRequest(key: RequestId, how: ExchangeEnd): void {
    const { observer, isLasting } = this.#connection;
    if (!observer.isInFlight(key)) return;
    const fate = fateOf({
      how,
      isRefused: this.#status >= 400,
      isAnsweredElsewhere: isLasting && (this.#isResumable || this.#status === 202),
      isUnread: this.#hasUnread || this.#answer?.isReadable === false,
    });
    if (fate === 'in_flight') return;
    if (fate === 'unfollowed') return observer.unfollowRequest(key);
    observer.endRequest(key, fate === 'refused' ? this.#refusal() : fate);
  }

  #refusal(): RequestEnd {
    const error = `the server refused it with HTTP status ${this.#status}`;
    return { errorType: this.#errorCode ?? OTHER, error };
  }

  /** What goes wrong here must not reach the client and the server. */
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
  return typeof id === 'number' || id.length <= MAX_ID_LENGTH;
}
