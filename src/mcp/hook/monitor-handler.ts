import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { runWatchedBy } from '../../monitor/operation-context.ts';
import { isRejection } from '../../monitor/http-rejections.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import { OTHER } from '../../monitor/other-label.ts';
import type { ExchangeEnd } from '../http/exchange-end.ts';
import { CLIENT_CLOSED_REQUEST, type HttpExchange } from '../http/http-exchange.ts';
import { TextCollector } from '../wire/text-collector.ts';
import { HttpTraffic } from '../http/http-traffic.ts';
import type { ToolOperation } from '../protocol/tool-operation.ts';
import type { Observed } from '../protocol/traffic-observer.ts';
import type { WatchedServer } from '../protocol/watched-server.ts';
import type { WireText } from '../wire/wire-text.ts';

/** The part of the result of SDK v2's `createMcpHandler` that is used here. */
export interface FetchHandler {
  fetch: (request: Request, options?: never) => Promise<Response>;
}

/** Larger bodies are not observed. By default, the SDK's handler refuses bodies over 4 MiB. */
const MAX_BODY_BYTES = LIMITS.text_bytes.max;

interface FetchOptions {
  /** The request's body, if the program has parsed it already. */
  readonly parsedBody?: unknown;
}

type Serve = (request: Request, options?: FetchOptions) => Promise<Response>;

const monitored = new WeakSet<object>();

/**
 * Watches every HTTP request to a handler, and its response. The handler's factory creates a server for each request, so
 * the state of the server is kept here.
 */
export function monitorHandler(handler: FetchHandler, observed: Observed, sessions: SessionRegistry): void {
  if (monitored.has(handler))
    throw new TypeError('monitorMcpServer: this handler is already watched; call it once per handler');
  monitored.add(handler);
  const watched = new WatchedHandler(handler.fetch.bind(handler) as Serve, observed, sessions);
  handler.fetch = (request: Request, options?: FetchOptions) => watched.fetch(request, options);
}

class WatchedHandler {
  readonly #serve: Serve;
  readonly #server: WatchedServer;
  readonly #sessions: SessionRegistry;
  readonly #traffic: HttpTraffic;

  constructor(serve: Serve, observed: Observed, sessions: SessionRegistry) {
    this.#serve = serve;
    this.#server = observed.server;
    this.#sessions = sessions;
    this.#traffic = new HttpTraffic({ ...observed, sessions });
  }

  async fetch(request: Request, options?: FetchOptions): Promise<Response> {
    const exchange = this.#begin(request);
    if (!exchange) return this.#serve(request, options);
    const actualEnd = (how: ExchangeEnd) => (request.signal.aborted ? 'client_gone' : how);
    try {
      const { textAllowance } = this.#traffic;
      const operation = await observeRequest(request, options?.parsedBody, exchange, textAllowance);
      const response = await runWatchedBy(this.#server, () =>
        operation ? operation.run(() => this.#serve(request, options)) : this.#serve(request, options),
      );
      exchange.response(response.status, (name) => response.headers.get(name) ?? undefined);
      const end = async (how: ExchangeEnd) => {
        await exchange.end(actualEnd(how));
        this.#countRefusal(request.method, response.status, exchange.errorCode);
      };
      return watchBody(response, end, exchange);
    } catch (error) {
      await exchange.end(actualEnd('broken'));
      throw error;
    }
  }

  #begin(request: Request): HttpExchange | null {
    try {
      const { pathname, search } = new URL(request.url);
      const header = (name: string) => request.headers.get(name) ?? undefined;
      return this.#traffic.exchange({ method: request.method, path: pathname + search, header });
    } catch (error) {
      this.#sessions.reportError(error);
      return null;
    }
  }

  #countRefusal(method: string, httpStatus: number, errorCode: string | null): void {
    if (httpStatus === CLIENT_CLOSED_REQUEST || !isRejection(method, httpStatus)) return;
    const errorType = errorCode ?? OTHER;
    this.#sessions.publish({ type: 'http_rejected', serverName: this.#server.name, httpStatus, errorType });
  }
}

async function observeRequest(
  request: Request,
  parsedBody: unknown,
  exchange: HttpExchange,
  allowance: Allowance,
): Promise<ToolOperation | null> {
  if (parsedBody !== undefined) return exchange.parsedRequestBody(parsedBody);
  const isTooLarge = Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES;
  if (request.bodyUsed || isTooLarge) return null;
  const text = await copyOfBody(request, allowance);
  return text && exchange.requestBody(text);
}

/**
 * Reads a copy of the body, because the handler reads the request itself. Returns null if the body is blank, too large
 * or unreadable; the handler refuses an unreadable one.
 */
async function copyOfBody(request: Request, allowance: Allowance): Promise<WireText | null> {
  const reader = request.clone().body?.getReader();
  if (!reader) return null;
  const collector = new TextCollector({ allowance });
  try {
    for (;;) {
      const { value: chunk } = await reader.read();
      if (!chunk) return collector.text();
      collector.append(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      if (!collector.isCut) continue;
      // Not awaited: it resolves only after the handler has read its own copy.
      void reader.cancel().catch(() => undefined);
      return null;
    }
  } catch {
    return null;
  } finally {
    collector.release();
  }
}

/** The same response, with a body that is observed while it is read. */
function watchBody(
  response: Response,
  end: (how: ExchangeEnd) => Promise<void>,
  exchange: HttpExchange,
): Response {
  const { body, status, statusText, headers } = response;
  if (!body) {
    void end('complete');
    return response;
  }
  const watched = new ReadableStream<Uint8Array>(new WatchedBody(body, end, exchange));
  return new Response(watched, { status, statusText, headers });
}

/** Observes a body as its consumer reads it, with the consumer's backpressure. */
class WatchedBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #end: (how: ExchangeEnd) => Promise<void>;
  readonly #exchange: HttpExchange;

  constructor(
    body: ReadableStream<Uint8Array>,
    end: (how: ExchangeEnd) => Promise<void>,
    exchange: HttpExchange,
  ) {
    this.#reader = body.getReader();
    this.#end = end;
    this.#exchange = exchange;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      if (value) {
        this.#exchange.responseChunk(value);
        controller.enqueue(value);
      }
      if (!done) return;
      await this.#end('complete');
      controller.close();
    } catch (error) {
      await this.#end('broken');
      controller.error(error);
    }
  }

  async cancel(reason: unknown): Promise<void> {
    await this.#end('client_gone');
    await this.#reader.cancel(reason);
  }
}
