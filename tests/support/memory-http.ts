import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';

import { onTestFinished } from 'vitest';

export interface MemoryRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An HTTP server without sockets: each request has its own pair of streams. */
export function memoryHttp(listener: RequestListener) {
  const server = createServer(listener);
  onTestFinished(() => void server.close());

  /** Sends a request, and resolves with the head of its response. */
  function open({ method = 'POST', path = '/mcp', headers = {}, body }: MemoryRequest = {}) {
    const [clientSide, serverSide] = duplexPair();
    server.emit('connection', serverSide);
    return new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({
        method,
        path,
        headers,
        createConnection: () => clientSide,
      });
      request.once('response', resolve).once('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Sends a request, and resolves with its whole response. */
  async function send(request?: MemoryRequest) {
    const response = await open(request);
    return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
  }
  return { open, send };
}
