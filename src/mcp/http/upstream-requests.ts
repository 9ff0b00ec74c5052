import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';

import { createProxyServer } from 'httpxy';

import type { ProxiedRequest } from './proxied-request.ts';

/** A server's idle sockets are kept for the next requests. */
const MAX_FREE_SOCKETS = 64;

interface Attempt {
  readonly agent: HttpAgent;
  /** The request's body, if it is not to be read from the client. */
  readonly buffer?: Readable;
  /** Hears of each request that goes out whether it does so on a connection that was kept open. */
  readonly onSent?: (isReused: boolean) => void;
}

/** Sends requests to one server, over connections that are kept open. */
export class UpstreamRequests {
  readonly #Agent: typeof HttpAgent;
  readonly #agent: HttpAgent;
  readonly #onAnswer: (answer: IncomingMessage, proxied: ProxiedRequest) => void;

  constructor(upstream: URL, onAnswer: (answer: IncomingMessage, proxied: ProxiedRequest) => void) {
    this.#Agent = upstream.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#agent = new this.#Agent({
      keepAlive: true,
      maxSockets: Infinity,
      maxFreeSockets: MAX_FREE_SOCKETS,
    });
    this.#onAnswer = onAnswer;
  }

  /**
   * A connection that was kept open may be closed by the server as a request goes out on it: that one goes out once
   * more, on a connection of its own.
   *
   * @returns when the answer has begun. Rejects if the server could not be reached
   */
  async send(proxied: ProxiedRequest): Promise<void> {
    let wasReused = false;
    const onSent = (isReused: boolean) => void (wasReused = isReused);
    try {
      await this.#attempt(proxied, { agent: this.#agent, onSent });
    } catch (error) {
      if (!wasReused || isAnswered(proxied.response)) throw error;
      const body = await wholeBody(proxied);
      if (!body) throw error;
      await this.#attempt(proxied, { agent: new this.#Agent(), buffer: Readable.from(body) });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #attempt(proxied: ProxiedRequest, { agent, buffer, onSent }: Attempt): Promise<void> {
    const { request, response, target } = proxied;
    const proxy = createProxyServer({
      target,
      ignorePath: true,
      changeOrigin: true,
      selfHandleResponse: true,
      agent,
    });
    proxy.on('proxyReq', (outgoing) => {
      onSent?.(outgoing.reusedSocket);
      // The proxy never requests another protocol. Without this listener, the client would get no response.
      outgoing.once('upgrade', (_answer, socket) => {
        socket.destroy();
        // Destroyed, a request that has been upgraded reports no error.
        outgoing.emit('error', new Error('the server switched to another protocol'));
      });
    });
    proxy.on('proxyRes', (answer) => this.#onAnswer(answer, proxied));
    await proxy.web(request, response, buffer && { buffer });
  }
}

/** Whether it is too late for another answer. */
export function isAnswered(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed;
}

/** All of a request's body, once it has come; null if it was too long to keep, or did not come. */
async function wholeBody({ request, body }: ProxiedRequest): Promise<readonly Buffer[] | null> {
  request.resume();
  await body.isRead;
  return body.kept();
}
