import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';

import { createProxyServer } from 'httpxy';

import type { ProxiedRequest } from './proxied-request.ts';

/** Maximum number of idle sockets that are kept for later requests. */
const MAX_FREE_SOCKETS = 64;

interface Attempt {
  readonly agent: HttpAgent;
  /** The request's body, if it was read from the client before. */
  readonly buffer?: Readable;
  /** Called when a request is sent, with whether its connection was reused. */
  readonly onSent?: (isReused: boolean) => void;
}

/** Sends requests to one server over keep-alive connections. */
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
   * Sends a request. The server may close a reused connection at the same moment. The request is then sent once more, on a
   * new connection.
   *
   * @returns when the response has begun. Rejects if the server is unreachable
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
        // A request that was upgraded does not report an error when it is destroyed.
        outgoing.emit('error', new Error('the server switched to another protocol'));
      });
    });
    proxy.on('proxyRes', (answer) => this.#onAnswer(answer, proxied));
    await proxy.web(request, response, buffer && { buffer });
  }
}

/** Whether it is too late to send another response. */
export function isAnswered(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed;
}

/** Waits for the whole body of a request. Returns null if it was too long to keep, or incomplete. */
async function wholeBody({ request, body }: ProxiedRequest): Promise<readonly Buffer[] | null> {
  request.resume();
  await body.isRead;
  return body.kept();
}
