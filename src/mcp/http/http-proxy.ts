import type { IncomingMessage, ServerResponse } from 'node:http';

import { clientOf } from '../../client-address.ts';
import type { OnLimit } from '../../monitor/limits.ts';
import { stringifyExact } from '../wire/exact-ids.ts';
import { requestHeaders } from './forwarded-headers.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { HttpTraffic } from './http-traffic.ts';
import { ObservedBody } from './observed-body.ts';
import { ProxiedPaths } from './proxied-paths.ts';
import { headerOf, pathOf, prefixOf, type ProxiedRequest } from './proxied-request.ts';
import { relayResponse } from './relayed-response.ts';
import type { UpstreamCheck } from './upstream-check.ts';
import { RedirectError } from './upstream-redirect.ts';
import { isAnswered, UpstreamRequests } from './upstream-requests.ts';

export interface HttpProxyOptions {
  /** The URL of the server's MCP endpoint. */
  readonly upstream: URL;
  readonly traffic: HttpTraffic;
  /** Told about each request whether the server was reachable. */
  readonly check: Pick<UpstreamCheck, 'responded' | 'failed'>;
  /** Called if the server redirects in a loop or to another origin. */
  readonly onRedirectError: (error: RedirectError) => void;
  /** Called if a request was refused, before its response has ended. */
  readonly onRefused: (response: ServerResponse, reason: string) => void;
  readonly onLimit: OnLimit;
  /** Keys of the exporter. They are never forwarded to the server. */
  readonly keys: readonly string[];
}

const UNREACHABLE = 'upstream_unreachable';
const UNREACHABLE_MESSAGE = `${UNREACHABLE}: the MCP server behind this proxy is unreachable`;
/** In JSON-RPC's range for implementation-defined errors. */
const ERROR_CODE = -32_000;

/**
 * A transparent proxy in front of one MCP server over HTTP. It forwards every request, streams the response, and observes
 * both. A request passes through {@link ObservedBody}, {@link UpstreamRequests} and {@link relayResponse}, and an
 * {@link HttpExchange} observes it. If the server is unreachable, or redirects to where the proxy does not follow, the
 * proxy responds with 502 and a JSON-RPC error.
 */
class HttpProxy {
  readonly #options: HttpProxyOptions;
  readonly #paths: ProxiedPaths;
  readonly #requests: UpstreamRequests;

  constructor(options: HttpProxyOptions) {
    this.#options = options;
    this.#paths = new ProxiedPaths(options);
    this.#requests = new UpstreamRequests(options.upstream, (answer, proxied) => {
      options.check.responded();
      relayResponse(answer, proxied, this.#paths, (code) => options.onRefused(proxied.response, code));
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const proxied = this.#observe(request, response);
    prepareHeaders(request, this.#options.keys);
    // The exporter has set its own headers, which must not be part of the server's response.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    try {
      await this.#requests.send(proxied);
    } catch (error) {
      await this.#onFailed(proxied, error);
    }
  }

  /** Whether this path below `/mcp/` maps to an address that the server has announced. */
  answers(path: string): boolean {
    return this.#paths.has(path);
  }

  close(): void {
    this.#options.traffic.close();
    this.#requests.close();
  }

  #observe(request: IncomingMessage, response: ServerResponse): ProxiedRequest {
    const { traffic } = this.#options;
    const path = pathOf(request);
    const client = clientOf(request.socket);
    const header = (name: string) => headerOf(request, name);
    const exchange = traffic.exchange({ method: request.method ?? '', path, header, client });
    const body = new ObservedBody(request, exchange, traffic.textAllowance);
    response.once('close', () => {
      body.release();
      void exchange.end(response.writableFinished ? 'complete' : 'client_gone');
    });
    const announcedTo = { client, ownHost: request.headers.host ?? '' };
    const target = this.#paths.targetOf(path);
    return { request, response, exchange, body, target, client: announcedTo, prefix: prefixOf(request) };
  }

  async #onFailed(proxied: ProxiedRequest, error: unknown): Promise<void> {
    const { request, response, exchange, body } = proxied;
    const { check, onRedirectError, onRefused } = this.#options;
    const redirect = error instanceof RedirectError ? error : null;
    if (isAnswered(response)) return void response.destroy();
    if (redirect) {
      check.responded();
      onRedirectError(redirect);
    } else check.failed(error);
    if (request.headers.expect !== undefined) response.writeContinue();
    request.resume();
    await body.isRead;
    onRefused(response, redirect?.code ?? UNREACHABLE);
    exchange.response(502, (name) => (name === 'content-type' ? 'application/json' : undefined));
    const message = redirect?.message ?? UNREACHABLE_MESSAGE;
    const answer = Buffer.from(stringifyExact(errorAnswer(exchange.requestIds, message)));
    exchange.responseChunk(answer);
    response.writeHead(502, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  }
}

export function createHttpProxy(options: HttpProxyOptions): HttpProxy {
  return new HttpProxy(options);
}

/** Removes the exporter's keys, and requests an uncompressed stream if it may have to be rewritten. */
function prepareHeaders(request: IncomingMessage, keys: readonly string[]): void {
  request.headers = requestHeaders(request.headers, keys);
  if (isStreamAsked(request)) request.headers['accept-encoding'] = 'identity';
}

/** A client of HTTP+SSE has no session yet when it asks for its stream. */
function isStreamAsked({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers['mcp-session-id'] === undefined;
}

function errorAnswer(ids: HttpExchange['requestIds'], message: string) {
  const error = { code: ERROR_CODE, message };
  const answers = ids.map((id) => ({ jsonrpc: '2.0', id, error }));
  return answers.length > 1 ? answers : (answers[0] ?? { jsonrpc: '2.0', id: null, error });
}
