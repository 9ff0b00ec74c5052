import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

import { LIMITS } from '../../monitor/limits.ts';
import type { ProxiedRequest } from './proxied-request.ts';
import { connectHost, connectPort, CONNECT_OPTIONS } from './upstream-address.ts';
import { MAX_REDIRECTS, RedirectError, redirectOf } from './upstream-redirect.ts';
import { keepReadable } from './upstream-socket.ts';

/** Maximum number of idle sockets that are kept for later requests. */
const MAX_FREE_SOCKETS = 64;
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];

interface Attempt {
  readonly agent: HttpAgent;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Called when a request is sent, with whether its connection was reused. */
  readonly onSent?: (isReused: boolean) => void;
}

/** Sends requests to one server over keep-alive connections. */
export class UpstreamRequests {
  readonly #upstream: URL;
  readonly #agents = new Map<string, HttpAgent>();
  readonly #onAnswer: (answer: IncomingMessage, proxied: ProxiedRequest) => void;

  constructor(upstream: URL, onAnswer: (answer: IncomingMessage, proxied: ProxiedRequest) => void) {
    this.#upstream = upstream;
    this.#onAnswer = onAnswer;
  }

  /**
   * Sends a request, and follows redirects that keep the method.
   *
   * @returns when the response has begun. Rejects if the server is unreachable
   * @throws RedirectError if the server redirects in a loop or to another origin
   */
  async send(proxied: ProxiedRequest): Promise<void> {
    let current = proxied;
    let { headers } = proxied.request;
    let answer = await this.#sendOnce(proxied);
    for (let redirects = 0; ; redirects++) {
      const redirect = redirectOf(answer, current, this.#upstream);
      const body = redirect && (await wholeBody(proxied));
      // The client can send a body again that was not kept.
      if (!body || proxied.response.destroyed) return this.#onAnswer(answer, current);
      if (redirects === MAX_REDIRECTS) throw new RedirectError('redirect_loop', redirect.target);
      answer.resume();
      headers = without(headers, redirect.keepsCredentials ? ['expect'] : ['expect', ...CREDENTIALS]);
      current = { ...proxied, target: redirect.target };
      answer = await this.#attempt(current, {
        agent: newConnection(redirect.target),
        headers,
        body: Readable.from(body),
      });
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /**
   * The server may close a reused connection at the same moment. The request is then sent once more, on a new connection.
   * A body that is too long to be kept is sent on a new connection at once.
   */
  async #sendOnce(proxied: ProxiedRequest): Promise<IncomingMessage> {
    const { request, body, response, target } = proxied;
    const { headers } = request;
    let wasReused = false;
    const onSent = (isReused: boolean) => void (wasReused = isReused);
    // A client that waits for status 100 has not sent its body, so it could not be sent again.
    const isOnKept = body.mayBeKept && headers.expect === undefined;
    const agent = isOnKept ? this.#keptConnections(target) : newConnection(target);
    try {
      return await this.#attempt(proxied, { agent, headers, body: request, onSent });
    } catch (error) {
      if (!wasReused || isAnswered(response)) throw error;
      const kept = await wholeBody(proxied);
      if (!kept) throw error;
      return this.#attempt(proxied, { agent: newConnection(target), headers, body: Readable.from(kept) });
    }
  }

  #keptConnections({ protocol }: URL): HttpAgent {
    const known = this.#agents.get(protocol);
    if (known) return known;
    const options = {
      ...CONNECT_OPTIONS,
      keepAlive: true,
      maxSockets: Infinity,
      maxFreeSockets: MAX_FREE_SOCKETS,
    };
    const agent = protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.#agents.set(protocol, agent);
    return agent;
  }

  #attempt(proxied: ProxiedRequest, { agent, headers, body, onSent }: Attempt): Promise<IncomingMessage> {
    const { request, response, target } = proxied;
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send({
      agent,
      method: request.method,
      host: connectHost(target),
      port: connectPort(target),
      path: target.pathname + target.search,
      headers: { ...headers, host: target.host },
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
      outgoing.once('response', resolve);
    });
  }
}

/** For one request. */
function newConnection({ protocol }: URL): HttpAgent {
  return protocol === 'https:' ? new HttpsAgent(CONNECT_OPTIONS) : new HttpAgent(CONNECT_OPTIONS);
}

function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

/** Whether it is too late to send another response. */
export function isAnswered(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed;
}

/** Waits for the whole body of a request. Returns null if it was too long to keep, or incomplete. */
async function wholeBody({ request, response, body }: ProxiedRequest): Promise<readonly Buffer[] | null> {
  if (request.headers.expect !== undefined && !request.complete) response.writeContinue();
  request.resume();
  await body.isRead;
  return body.kept();
}
