import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform, type Readable } from 'node:stream';

import type { OwnAddress } from './announced-endpoints.ts';
import { createDecoder, isSupportedEncoding } from './content-decoding.ts';
import { EndpointRewriter } from './endpoint-rewriter.ts';
import { responseHeaders } from './forwarded-headers.ts';
import { mediaTypeOf } from './media-type.ts';
import { headerOf, pathOf, type ProxiedRequest } from './proxied-request.ts';
import type { ProxiedPaths } from './proxied-paths.ts';

const NOT_IN_A_REASON = /[^\t\x20-\x7e\x80-\xff]/;
const WITHOUT_BODY = new Set([204, 304]);

interface ResponsePlan {
  /** For the client. */
  readonly status: number;
  /** Whether the body is decoded and its endpoint mapped to a path of the proxy. */
  readonly isRewritten: boolean;
}

/**
 * Forwards a server's response to the client, and passes it to the exchange. forwarded-headers.ts and
 * endpoint-rewriter.ts contain all changes to it.
 *
 * @param onRefused - called with the code of the JSON-RPC error if the server refuses a request
 */
export function relayResponse(
  answer: IncomingMessage,
  proxied: ProxiedRequest,
  paths: ProxiedPaths,
  onRefused: (errorCode: string) => void,
): void {
  const { response, exchange } = proxied;
  const plan: ResponsePlan = {
    status: statusOf(answer),
    isRewritten: isRewritableStream(answer, proxied.request),
  };
  const onBroken = () => {
    if (answer.complete) return;
    // If the client has disconnected, the exchange has ended before.
    void exchange.end('broken');
    response.destroy();
  };
  writeHead(plan, answer, proxied, paths);
  exchange.response(plan.status, (name) =>
    plan.isRewritten && name === 'content-encoding' ? undefined : headerOf(answer, name),
  );
  answer.once('error', onBroken).once('close', onBroken);
  const body = plan.isRewritten ? rewrittenBody(answer, proxied, paths) : answer;
  body.on('data', (chunk: Buffer) => exchange.responseChunk(chunk));
  body.once('end', () => {
    void exchange.responseEnd();
    if (plan.status >= 400 && exchange.errorCode !== null) onRefused(exchange.errorCode);
  });
  body.pipe(response);
  // Send the head at once: a stream may not send an event for a long time.
  queueMicrotask(() => {
    // Not flushHeaders(): it encodes the head as UTF-8, which changes characters beyond ASCII.
    if (!response.destroyed) response.write('', 'latin1');
  });
}

/** The status for the client. Node throws on a status that HTTP does not allow. */
function statusOf({ statusCode = 0 }: IncomingMessage): number {
  return statusCode < 200 || statusCode > 999 ? 502 : statusCode;
}

function writeHead(
  { status, isRewritten }: ResponsePlan,
  answer: IncomingMessage,
  proxied: ProxiedRequest,
  paths: ProxiedPaths,
): void {
  const { request, response, prefix } = proxied;
  const headers = responseHeaders(answer.headers, prefix);
  const location = ownLocation(answer, proxied, paths);
  if (location !== undefined) headers['location'] = location;
  if (isRewritten) {
    delete headers['content-length'];
    delete headers['content-encoding'];
  }
  const isWithoutChunks = request.httpVersion === '1.0' || WITHOUT_BODY.has(status);
  if (isWithoutChunks) delete headers['transfer-encoding'];
  for (const [name, value] of Object.entries(headers)) setHeader(response, name, value);
  response.statusCode = status;
  const { statusMessage = '' } = answer;
  // Node throws on a reason that HTTP does not allow.
  if (statusMessage !== '' && !NOT_IN_A_REASON.test(statusMessage)) response.statusMessage = statusMessage;
}

/** The target of a redirect, mapped to a path of the proxy; undefined for a URL of another origin. */
function ownLocation(
  { headers: { location } }: IncomingMessage,
  { target, client, prefix }: ProxiedRequest,
  { redirects }: ProxiedPaths,
): string | undefined {
  const own = location === undefined ? null : redirects.announceOnce(location, target, client);
  return own ? prefix + own.path : undefined;
}

/** The body of an HTTP+SSE stream. Its endpoint is mapped to a path of the proxy while the stream is open. */
function rewrittenBody(
  answer: IncomingMessage,
  { request, response, target, client, prefix }: ProxiedRequest,
  { endpoints }: ProxiedPaths,
): Readable {
  // A stream has one endpoint at a time.
  let own: OwnAddress | null = null;
  response.once('close', () => own?.forget());
  const rewriter = new EndpointRewriter((endpoint) => {
    own?.forget();
    own = endpoints.announce(endpoint, target, client);
    return own && asWritten(own.path, endpoint, { prefix, path: pathOf(request) });
  });
  const rewritten = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, rewriter.push(chunk)),
    flush: (done) => done(null, rewriter.end()),
  });
  return decoded(answer).pipe(rewritten);
}

/** A stream is not rewritten if its encoding is not supported. Its endpoint is then not reachable through the proxy. */
function isRewritableStream({ headers }: IncomingMessage, request: IncomingMessage): boolean {
  const isStream = request.method === 'GET' && mediaTypeOf(headers['content-type']) === 'event_stream';
  return isStream && isSupportedEncoding(headers['content-encoding']);
}

/** The content of a stream, which is requested uncompressed, but may arrive compressed all the same. */
function decoded(answer: IncomingMessage): Readable {
  const decoder = createDecoder(answer.headers['content-encoding'], {
    onDecoded: () => true,
    onError: () => answer.destroy(),
  });
  if (!decoder) return answer;
  answer.pipe(decoder.input);
  answer.once('close', () => void (answer.complete || decoder.destroy()));
  return decoder.output;
}

/** Keeps a relative reference relative: the client may reach the proxy below a path that is unknown here. */
function asWritten(ownPath: string, reference: string, requested: { prefix: string; path: string }): string {
  if (/^\s*([\\/]|[a-z][a-z\d+.-]*:)/i.test(reference)) return requested.prefix + ownPath;
  const [path = ''] = requested.path.split('?', 1);
  return ownPath.slice(path.toLowerCase().startsWith('/mcp/') ? '/mcp/'.length : 1);
}

function setHeader(response: ServerResponse, name: string, value: string | string[]): void {
  try {
    response.setHeader(name, value);
  } catch {
    // HTTP does not allow this header. Without the proxy, the client could not read it either.
  }
}
