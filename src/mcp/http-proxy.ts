import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

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
    const path = request.url ?? '/';
    const header = (name: string) => textOf(request.headers[name]);
    const exchange = traffic.exchange({ method: request.method ?? '', path, header });
    const bodyRead = observeRequest(request, exchange);
    response.once('close', () => void exchange.end(response.writableFinished ? 'complete' : 'client_gone'));

    const proxy = createProxyServer({ target: targetOf(path), ignorePath: true, changeOrigin: true, agent });
    proxy.on('proxyRes', (answer) => {
      onUpstream(true);
      observeAnswer(answer, response, exchange);
    });
    try {
      await proxy.web(request, response);
    } catch {
      if (response.headersSent || response.destroyed) return void response.destroy();
      onUpstream(false);
      onRefused(response, UNREACHABLE);
      request.resume();
      await bodyRead;
      exchange.response(502, (name) => (name === 'content-type' ? 'application/json' : undefined));
      const body = Buffer.from(JSON.stringify(unreachable(exchange.requestIds)));
      exchange.responseChunk(body);
      response
        .writeHead(502, { 'content-type': 'application/json', 'content-length': body.length })
        .end(body);
    }
  }

  function observeAnswer(answer: IncomingMessage, response: ServerResponse, exchange: HttpExchange): void {
    const status = answer.statusCode ?? 0;
    // They are between us and the server.
    delete answer.headers.connection;
    delete answer.headers['keep-alive'];
    exchange.response(status, (name) => textOf(answer.headers[name]));
    answer.on('data', (chunk: Buffer) => exchange.responseChunk(chunk));
    // Where it is the client that has gone, the exchange has ended by now.
    const onBroken = () => void (answer.complete || exchange.end('broken'));
    answer.once('error', onBroken).once('close', onBroken);
    answer.once('end', () => {
      void exchange.responseEnd();
      if (status >= 400 && exchange.errorCode !== null) onRefused(response, exchange.errorCode);
    });
  }

  /** The path of a request, at the server: its endpoint, or what it has announced. */
  function targetOf(path: string): URL {
    const endpoint = traffic.endpointAt(path);
    if (endpoint !== undefined) return new URL(endpoint, upstream);
    const target = new URL(upstream);
    const query = path.split('?', 2)[1];
    if (query !== undefined) target.search += `${target.search === '' ? '?' : '&'}${query}`;
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

/** Reads a request's body beside whoever it is for. @returns when it has been read */
function observeRequest(request: IncomingMessage, exchange: HttpExchange): Promise<void> {
  const body = new TextCollector();
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => body.append(chunk));
    // A listener makes it flow; it waits for the proxy's pipe, which is there once a socket is.
    request.pause();
    request.once('end', () => {
      const text = body.text();
      if (text) exchange.requestBody(text);
      resolve();
    });
    request.once('close', resolve);
  });
}

function unreachable(ids: HttpExchange['requestIds']) {
  const message = `${UNREACHABLE}: the MCP server behind this proxy could not be reached`;
  const error = { code: UNREACHABLE_CODE, message };
  const answers = ids.map((id) => ({ jsonrpc: '2.0', id, error }));
  return answers.length > 1 ? answers : (answers[0] ?? { jsonrpc: '2.0', id: null, error });
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
