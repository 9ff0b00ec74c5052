import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';

import { createProxyServer } from 'httpxy';

import type { HttpExchange } from './http-exchange.ts';
import type { HttpTraffic } from './http-traffic.ts';
import { TextCollector } from './text-collector.ts';

export interface HttpProxyOptions {
  /** Where the server's MCP endpoint is. */
  readonly upstream: URL;
  readonly traffic: HttpTraffic;
  /** Hears, after each request, whether the server could be reached. */
  readonly onUpstream: (isUp: boolean) => void;
  /** Hears why a request was refused, before its answer has ended. */
  readonly onRefused: (response: ServerResponse, reason: string) => void;
}

/** A transparent proxy in front of one MCP server that speaks HTTP. */
export interface HttpProxy {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether it answers at this path, too: a server of the older HTTP+SSE names one to each client. */
  answers(pathAndQuery: string): boolean;
  close(): void;
}

/** A request's body, as it goes by. */
interface ObservedBody {
  readonly isRead: Promise<void>;
  /** All of it, where it is complete and not too long to be sent once more. */
  kept(): readonly Buffer[] | null;
}

interface Forwarded {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: HttpExchange;
  readonly body: ObservedBody;
  readonly target: URL;
}

const MAX_KEPT_BYTES = 1024 * 1024;
const NOT_IN_A_REASON = /[^\t\x20-\x7e\x80-\xff]/;
const UNREACHABLE = 'upstream_unreachable';
/** JSON-RPC's range for errors of the implementation. */
const UNREACHABLE_CODE = -32_000;

/**
 * Hands every request on as it is, streams what comes back, and looks on at both. A server that cannot be reached is
 * answered for with 502 and a JSON-RPC error.
 */
export function createHttpProxy({ upstream, traffic, onUpstream, onRefused }: HttpProxyOptions): HttpProxy {
  const Agent = upstream.protocol === 'https:' ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request.url ?? '/');
    const header = (name: string) => textOf(request.headers[name]);
    const exchange = traffic.exchange({ method: request.method ?? '', path, header });
    const body = observeRequest(request, exchange);
    response.once('close', () => void exchange.end(response.writableFinished ? 'complete' : 'client_gone'));
    try {
      await forward({ request, response, exchange, body, target: targetOf(path) });
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
    const { request, response, exchange, body, target } = forwarded;
    const proxy = createProxyServer({
      target,
      ignorePath: true,
      changeOrigin: true,
      agent: isAgain ? new Agent() : agent,
    });
    let isReused = false;
    proxy.on('proxyReq', ({ reusedSocket }) => (isReused = reusedSocket));
    proxy.on('proxyRes', (answer) => {
      onUpstream(true);
      observeAnswer(answer, response, exchange);
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

  function observeAnswer(answer: IncomingMessage, response: ServerResponse, exchange: HttpExchange): void {
    makeForwardable(answer);
    const status = answer.statusCode ?? 0;
    exchange.response(status, (name) => textOf(answer.headers[name]));
    answer.on('data', (chunk: Buffer) => exchange.responseChunk(chunk));
    // Where it is the client that has gone, the exchange has ended by now.
    const onBroken = () => void (answer.complete || exchange.end('broken'));
    answer.once('error', onBroken).once('close', onBroken);
    answer.once('end', () => {
      void exchange.responseEnd();
      if (status >= 400 && exchange.errorCode !== null) onRefused(response, exchange.errorCode);
    });
    // The head is handed on at once, also where a stream has nothing to say yet.
    queueMicrotask(() => {
      if (!response.headersSent && !response.destroyed) response.flushHeaders();
    });
  }

  /** The path of a request, at the server: its endpoint, or what it has announced. */
  function targetOf(path: string): URL {
    const endpoint = traffic.endpointAt(path);
    if (endpoint !== undefined) return new URL(endpoint, upstream);
    const target = new URL(upstream);
    const query = path.slice(path.indexOf('?') + 1);
    if (path.includes('?')) target.search += `${target.search === '' ? '?' : '&'}${query}`;
    return target;
  }

  return {
    handle,
    answers: (path) => traffic.endpointAt(path) !== undefined,
    close() {
      traffic.close();
      agent.destroy();
    },
  };
}

/** What is between a proxy and the server goes no further; what HTTP does not know would end this process. */
function makeForwardable(answer: IncomingMessage): void {
  delete answer.headers.connection;
  delete answer.headers['keep-alive'];
  if (NOT_IN_A_REASON.test(answer.statusMessage ?? '')) answer.statusMessage = '';
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 999) answer.statusCode = 502;
}

/** Reads a request's body beside whoever it is for. */
function observeRequest(request: IncomingMessage, exchange: HttpExchange): ObservedBody {
  const body = new TextCollector();
  let kept: Buffer[] | null = [];
  let keptBytes = 0;
  request.on('data', (chunk: Buffer) => {
    body.append(chunk);
    keptBytes += chunk.length;
    if (keptBytes > MAX_KEPT_BYTES) kept = null;
    kept?.push(chunk);
  });
  // A listener makes it flow; it waits for the proxy's pipe, which is there once a socket is.
  request.pause();
  const isRead = new Promise<void>((resolve) => {
    request.once('end', () => {
      const text = body.text();
      if (text) exchange.requestBody(text);
      resolve();
    });
    request.once('close', resolve);
  });
  return { isRead, kept: () => (request.complete ? kept : null) };
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
