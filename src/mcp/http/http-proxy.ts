import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable, Transform } from 'node:stream';

import { createProxyServer } from 'httpxy';

import { clientOf } from '../../client-address.ts';
import type { OnLimit } from '../../monitor/limits.ts';
import { AnnouncedEndpoints, type OwnAddress } from './announced-endpoints.ts';
import { EndpointRewriter } from './endpoint-rewriter.ts';
import { requestHeaders, responseHeaders } from './forwarded-headers.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { HttpTraffic } from './http-traffic.ts';
import { observeRequest, type ObservedBody } from './observed-body.ts';

export interface HttpProxyOptions {
  /** Where the server's MCP endpoint is. */
  readonly upstream: URL;
  readonly traffic: HttpTraffic;
  /** Hears, after each request, whether the server could be reached. */
  readonly onUpstream: (isUp: boolean) => void;
  /** Hears why a request was refused, before its answer has ended. */
  readonly onRefused: (response: ServerResponse, reason: string) => void;
  readonly onLimit: OnLimit;
  /** Keys of the exporter, which no server may get. */
  readonly keys: readonly string[];
}

/** A transparent proxy in front of one MCP server that speaks HTTP. */
export interface HttpProxy {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether it answers at this path below `/mcp/`, which stands for an address that the server has announced. */
  answers(path: string): boolean;
  close(): void;
}

interface Forwarded {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: HttpExchange;
  readonly body: ObservedBody;
  readonly target: URL;
  readonly client: string;
}

const NOT_IN_A_REASON = /[^\t\x20-\x7e\x80-\xff]/;
const UNREACHABLE = 'upstream_unreachable';
/** JSON-RPC's range for errors of the implementation. */
const UNREACHABLE_CODE = -32_000;

/** A server's idle sockets are kept for the next requests. */
const MAX_FREE_SOCKETS = 64;

/**
 * Hands every request on, streams what comes back, and looks on at both. What is changed on the way is in
 * forwarded-headers.ts and endpoint-rewriter.ts. A server that cannot be reached is answered for with 502 and a JSON-RPC
 * error.
 */
export function createHttpProxy(options: HttpProxyOptions): HttpProxy {
  const { upstream, traffic, onUpstream, onRefused, keys } = options;
  const Agent = upstream.protocol === 'https:' ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: MAX_FREE_SOCKETS });
  const endpoints = new AnnouncedEndpoints(options);
  const redirects = new AnnouncedEndpoints(options);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request.url ?? '/');
    const client = clientOf(request.socket);
    const header = (name: string) => textOf(request.headers[name]);
    const exchange = traffic.exchange({ method: request.method ?? '', path, header, client });
    const body = observeRequest(request, exchange, traffic.textAllowance);
    prepareHeaders(request, keys);
    // They are the exporter's own.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.once('close', () => {
      body.release();
      void exchange.end(response.writableFinished ? 'complete' : 'client_gone');
    });
    try {
      await forward({ request, response, exchange, body, target: targetOf(path), client });
    } catch {
      if (response.headersSent || response.destroyed) return void response.destroy();
      onUpstream(false);
      request.resume();
      await body.isRead;
      refuse(response, exchange);
    }
  }

  /** A connection that was kept open may be closed by the server as a request goes out on it: that one goes out once more. */
  async function forward(forwarded: Forwarded, isAgain = false): Promise<void> {
    const { request, response, body, target } = forwarded;
    const proxy = createProxyServer({
      target,
      ignorePath: true,
      changeOrigin: true,
      selfHandleResponse: true,
      agent: isAgain ? new Agent() : agent,
    });
    let isReused = false;
    proxy.on('proxyReq', (outgoing) => {
      isReused = outgoing.reusedSocket;
      // The proxy never requests another protocol. Without this listener, the client would get no response.
      outgoing.once('upgrade', (_answer, socket) => {
        socket.destroy();
        // Destroyed, a request that has been upgraded reports no error.
        outgoing.emit('error', new Error('the server switched to another protocol'));
      });
    });
    proxy.on('proxyRes', (answer) => {
      onUpstream(true);
      observeAnswer(answer, forwarded);
    });
    try {
      const replayed = isAgain ? body.kept() : null;
      await proxy.web(request, response, replayed ? { buffer: Readable.from(replayed) } : undefined);
    } catch (error) {
      if (!isReused || isAgain || response.headersSent || response.destroyed) throw error;
      request.resume();
      await body.isRead;
      if (!body.kept()) throw error;
      await forward(forwarded, true);
    }
  }

  function refuse(response: ServerResponse, exchange: HttpExchange): void {
    onRefused(response, UNREACHABLE);
    exchange.response(502, (name) => (name === 'content-type' ? 'application/json' : undefined));
    const body = Buffer.from(JSON.stringify(unreachable(exchange.requestIds)));
    exchange.responseChunk(body);
    response.writeHead(502, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  }

  function observeAnswer(answer: IncomingMessage, forwarded: Forwarded): void {
    const { response, exchange } = forwarded;
    const status = writeHead(answer, forwarded);
    exchange.response(status, (name) => textOf(answer.headers[name]));
    // Where it is the client that has gone, the exchange has ended by now.
    const onBroken = () => void (answer.complete || exchange.end('broken'));
    answer.once('error', onBroken).once('close', onBroken);
    const from = streamOf(answer, forwarded);
    from.on('data', (chunk: Buffer) => exchange.responseChunk(chunk));
    from.once('end', () => {
      void exchange.responseEnd();
      if (status >= 400 && exchange.errorCode !== null) onRefused(response, exchange.errorCode);
    });
    from.pipe(response);
    // The head is handed on at once, also where a stream has nothing to say yet.
    queueMicrotask(() => {
      if (!response.destroyed) response.flushHeaders();
    });
  }

  /** @returns the status that the client gets */
  function writeHead(answer: IncomingMessage, { request, response, target, client }: Forwarded): number {
    const { statusCode = 0, statusMessage = '' } = answer;
    const status = statusCode < 200 || statusCode > 999 ? 502 : statusCode;
    const headers = responseHeaders(answer.headers);
    const { location } = answer.headers;
    const announced = { client, ownHost: request.headers.host ?? '' };
    const own = location === undefined ? null : redirects.announceOnce(location, target, announced);
    if (own) headers['location'] = own.path;
    if (isRewritten(answer, request)) delete headers['content-length'];
    const isWithoutChunks = request.httpVersion === '1.0' || status === 204 || status === 304;
    if (isWithoutChunks) delete headers['transfer-encoding'];
    for (const [name, value] of Object.entries(headers)) setHeader(response, name, value);
    response.statusCode = status;
    // A reason that HTTP does not allow would throw.
    if (statusMessage !== '' && !NOT_IN_A_REASON.test(statusMessage)) response.statusMessage = statusMessage;
    return status;
  }

  /** The body, with the endpoint of an HTTP+SSE stream under a path of our own for as long as the stream is open. */
  function streamOf(answer: IncomingMessage, { request, response, target, client }: Forwarded): Readable {
    if (!isRewritten(answer, request)) return answer;
    const announced = { client, ownHost: request.headers.host ?? '' };
    // A stream has one endpoint at a time.
    let own: OwnAddress | null = null;
    response.once('close', () => own?.forget());
    const rewriter = new EndpointRewriter((endpoint) => {
      own?.forget();
      own = endpoints.announce(endpoint, target, announced);
      return own && asWritten(own.path, endpoint, pathOf(request.url ?? '/'));
    });
    const rewritten = new Transform({
      transform: (chunk: Buffer, _encoding, done) => done(null, rewriter.push(chunk)),
      flush: (done) => done(null, rewriter.end()),
    });
    return answer.pipe(rewritten);
  }

  /** The path of a request, at the server: its endpoint, or an address that it has announced. */
  function targetOf(path: string): URL {
    const { pathname, search } = new URL(path, upstream.origin);
    const announced = endpoints.targetOf(pathname, search) ?? redirects.targetOf(pathname, search);
    if (announced) return announced;
    const target = new URL(upstream);
    const query = path.slice(path.indexOf('?') + 1);
    if (path.includes('?')) target.search += `${target.search === '' ? '?' : '&'}${query}`;
    return target;
  }

  return {
    handle,
    answers: (path) => (endpoints.targetOf(path) ?? redirects.targetOf(path)) !== undefined,
    close() {
      traffic.close();
      agent.destroy();
    },
  };
}

/** Without a key of ours; and a stream that may have to be rewritten is asked for as it is, not compressed. */
function prepareHeaders(request: IncomingMessage, keys: readonly string[]): void {
  request.headers = requestHeaders(request.headers, keys);
  if (isStreamAsked(request)) request.headers['accept-encoding'] = 'identity';
}

/** A client of HTTP+SSE has no session yet when it asks for its stream. */
function isStreamAsked({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers['mcp-session-id'] === undefined;
}

/** A compressed stream is left as it is: nothing that it announces is a route. */
function isRewritten({ headers }: IncomingMessage, request: IncomingMessage): boolean {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const isPlain = (headers['content-encoding'] ?? 'identity').trim().toLowerCase() === 'identity';
  return request.method === 'GET' && mediaType === 'text/event-stream' && isPlain;
}

/** A relative reference stays one: the client may reach us below a path that we do not know. */
function asWritten(ownPath: string, reference: string, requestPath: string): string {
  if (/^\s*([\\/]|[a-z][a-z\d+.-]*:)/i.test(reference)) return ownPath;
  const [path = ''] = requestPath.split('?', 1);
  return ownPath.slice(path.toLowerCase().startsWith('/mcp/') ? '/mcp/'.length : 1);
}

function setHeader(response: ServerResponse, name: string, value: string | string[]): void {
  try {
    response.setHeader(name, value);
  } catch {
    // HTTP does not allow it; the client of a server that sends it would not see it either.
  }
}

function unreachable(ids: HttpExchange['requestIds']) {
  const message = `${UNREACHABLE}: the MCP server behind this proxy could not be reached`;
  const error = { code: UNREACHABLE_CODE, message };
  const answers = ids.map((id) => ({ jsonrpc: '2.0', id, error }));
  return answers.length > 1 ? answers : (answers[0] ?? { jsonrpc: '2.0', id: null, error });
}

/** Path and query of a request's target, which may be a whole URL. */
function pathOf(target: string): string {
  if (target.startsWith('/')) return target;
  if (!URL.canParse(target)) return '/';
  const { pathname, search } = new URL(target);
  return pathname + search;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
