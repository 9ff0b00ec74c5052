import { createServer, request as requestHttp } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

interface ForwardProxyOptions {
  /** The status of every answer instead of a connection. */
  readonly refusal?: number;
  /** Never answers. */
  readonly isSilent?: boolean;
}

/**
 * An HTTP proxy on a free port. Connects every name to 127.0.0.1, so that tests can use names that do not exist. Lists its
 * requests as `METHOD target authorization`.
 */
export async function startForwardProxy({ refusal, isSilent = false }: ForwardProxyOptions = {}) {
  const requests: string[] = [];
  const note = (method: string | undefined, target: string | undefined, authorization: string | undefined) =>
    requests.push([method, target, authorization].filter(Boolean).join(' '));

  const server = createServer((request, response) => {
    note(request.method, request.url, request.headers['proxy-authorization']);
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    const { port, pathname, search } = new URL(request.url ?? '');
    const { method, headers } = request;
    const forwarded = requestHttp({ host: '127.0.0.1', port, path: pathname + search, method, headers });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.writeHead(502).end());
    request.pipe(forwarded);
  });
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    note('CONNECT', url, headers['proxy-authorization']);
    client.on('error', () => client.destroy());
    if (isSilent) return;
    if (refusal !== undefined) return client.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
    const target = connect(Number(url.slice(url.lastIndexOf(':') + 1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
