import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

import { LIMITS } from '../../monitor/limits.ts';
import type { ProxiedRequest } from './proxied-request.ts';
import { connectHost, connectPort, CONNECT_OPTIONS } from './upstream-address.ts';
import { keepReadable } from './upstream-socket.ts';

/** Maximum number of idle sockets that are kept for later requests. */
const MAX_FREE_SOCKETS = 64;

interface Attempt {
  readonly agent: HttpAgent;
  readonly body: Readable;
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
      ...CONNECT_OPTIONS,
      keepAlive: true,
      maxSockets: Infinity,
      maxFreeSockets: MAX_FREE_SOCKETS,
    });
    this.#onAnswer = onAnswer;
  }

  /**
   * Sends a request. The server may close a reused connection at the same moment. The request is then sent once more, on a
   * new connection. A body that is too long to be kept is sent on a new connection at once.
   *
   * @returns when the response has begun. Rejects if the server is unreachable
   */
  async send(proxied: ProxiedRequest): Promise<void> {
    const { request, body, response } = proxied;
    let wasReused = false;
    const onSent = (isReused: boolean) => void (wasReused = isReused);
    // A client that waits for status 100 has not sent its body, so it could not be sent again.
    const isOnKept = body.mayBeKept && request.headers.expect === undefined;
    const agent = isOnKept ? this.#agent : this.#newConnection();
    try {
      await this.#attempt(proxied, { agent, body: request, onSent });
    } catch (error) {
      if (!wasReused || isAnswered(response)) throw error;
      const kept = await wholeBody(proxied);
      if (!kept) throw error;
      await this.#attempt(proxied, { agent: this.#newConnection(), body: Readable.from(kept) });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #newConnection(): HttpAgent {
    return new this.#Agent(CONNECT_OPTIONS);
  }

  #attempt(proxied: ProxiedRequest, { agent, body, onSent }: Attempt): Promise<void> {
    const { request, response, target } = proxied;
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send({
      agent,
      method: request.method,
      host: connectHost(target),
      port: connectPort(target),
      path: target.pathname + target.search,
      headers: { ...request.headers, host: target.host },
      maxHeaderSize: LIMITS.forwarded_header_size.max,
    });
    outgoing.once('socket', (socket) => {
      keepReadable(socket);
      onSent?.(outgoing.reusedSocket);
    });
    outgoing.on('continue', () => response.writeContinue());
    // The proxy never requests another protocol. Without this listener, the client would get no response.
    outgoing.once('upgrade', (_answer, socket) => {
      socket.destroy();
      // A request that was upgraded does not report an error when it is destroyed.
      outgoing.emit('error', new Error('the server switched to another protocol'));
    });
    const onClientGone = () => void (response.writableFinished || outgoing.destroy());
    response.once('close', onClientGone);
    outgoing.once('close', () => {
      response.off('close', onClientGone);
      // After the response, Node sends no more of the request. The client must be able to send the rest nevertheless.
      if (!outgoing.writableFinished) outgoing.socket?.destroy();
      body.unpipe(outgoing).resume();
    });
    body.pipe(outgoing);
    return new Promise((resolve, reject) => {
      outgoing.on('error', reject);
      outgoing.once('response', (answer) => {
        resolve();
        this.#onAnswer(answer, proxied);
      });
    });
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
