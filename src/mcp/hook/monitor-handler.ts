import type { Allowance } from '../../monitor/allowance.ts';
import { LIMITS } from '../../monitor/limits.ts';
import { runWatchedBy } from '../../monitor/operation-context.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import { OTHER } from '../../monitor/traffic-events.ts';
import type { ExchangeEnd } from '../http/exchange-end.ts';
import { CLIENT_CLOSED_REQUEST, type HttpExchange } from '../http/http-exchange.ts';
import { TextCollector } from '../wire/text-collector.ts';
import { HttpTraffic } from '../http/http-traffic.ts';
import type { ToolOperation } from '../protocol/tool-operation.ts';
import type { Observed } from '../protocol/traffic-observer.ts';
import type { WireText } from '../wire/wire-text.ts';

/** What `createMcpHandler` of SDK v2 returns, as far as it matters here. */
export interface FetchHandler {
  fetch: (request: Request, options?: never) => Promise<Response>;
}

/** Sessions of the older era end when their clients have been silent for so long. */
const SESSION_IDLE_MS = 1_800_000;
/** What is larger is not read a second time: the handler itself refuses more than 4 MiB, unless it is told otherwise. */
const MAX_BODY_BYTES = LIMITS.text_bytes.max;

const monitored = new WeakSet<object>();

/**
 * Watches every HTTP request to a handler, and its answer. The servers that its factory makes live for one request;
 * what is known of the server lives here.
 */
export function monitorHandler(handler: FetchHandler, observed: Observed, sessions: SessionRegistry): void {
  if (monitored.has(handler)) throw new TypeError('monitorMcpServer: this handler is watched already');
  monitored.add(handler);
  const { server } = observed;
  const traffic = new HttpTraffic({ ...observed, sessions, sessionIdleMs: SESSION_IDLE_MS });
  const serve = handler.fetch.bind(handler) as (request: Request, options?: unknown) => Promise<Response>;

  const tellRefusal = (httpStatus: number, errorCode: string | null): void => {
    if (httpStatus < 400 || httpStatus === CLIENT_CLOSED_REQUEST) return;
    const errorType = errorCode ?? OTHER;
    sessions.publish({ type: 'http_rejected', serverName: server.name, httpStatus, errorType });
  };

  const beginExchange = (request: Request): HttpExchange | null => {
    try {
      const { pathname, search } = new URL(request.url);
      const header = (name: string) => request.headers.get(name) ?? undefined;
      return traffic.exchange({ method: request.method, path: pathname + search, header });
    } catch (error) {
      sessions.reportError(error);
      return null;
    }
  };

  handler.fetch = async (request: Request, options?: { readonly parsedBody?: unknown }) => {
    const exchange = beginExchange(request);
    if (!exchange) return serve(request, options);
    try {
      const { textAllowance } = traffic;
      const operation = await observeRequest(request, options?.parsedBody, exchange, textAllowance);
      const response = await runWatchedBy(server, () =>
        operation ? operation.run(() => serve(request, options)) : serve(request, options),
      );
      exchange.response(response.status, (name) => response.headers.get(name) ?? undefined);
      return watchBody(
        response,
        async (how) => {
          await exchange.end(request.signal.aborted ? 'client_gone' : how);
          tellRefusal(response.status, exchange.errorCode);
        },
        exchange,
      );
    } catch (error) {
      await exchange.end(request.signal.aborted ? 'client_gone' : 'broken');
      throw error;
    }
  };
}

async function observeRequest(
  request: Request,
  parsedBody: unknown,
  exchange: HttpExchange,
  allowance: Allowance,
): Promise<ToolOperation | null> {
  if (parsedBody !== undefined) return exchange.parsedRequestBody(parsedBody);
  const isTooLarge = Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES;
  if (request.body === null || request.bodyUsed || isTooLarge) return null;
  const text = await copyOfBody(request, allowance);
  return text && exchange.requestBody(text);
}

/**
 * Reads a copy: the request stays whole for the handler. Null where it is blank, or too large to be copied; one that
 * cannot be read is the handler's to refuse.
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
      // Not awaited: it ends only when the handler has read its own copy.
      void reader.cancel().catch(() => undefined);
      return null;
    }
  } catch {
    return null;
  } finally {
    collector.release();
  }
}

/** The same response, whose body is looked at as it goes by. */
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
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (value) {
          exchange.responseChunk(value);
          controller.enqueue(value);
        }
        if (!done) return;
        await end('complete');
        controller.close();
      } catch (error) {
        await end('broken');
        controller.error(error);
      }
    },
    async cancel(reason) {
      await end('client_gone');
      await reader.cancel(reason);
    },
  });
  return new Response(watched, { status, statusText, headers });
}
