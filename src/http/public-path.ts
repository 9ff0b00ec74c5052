import type { IncomingMessage, Server } from 'node:http';

/** The first segments of all routes. */
export const ROUTES: ReadonlySet<string> = new Set([
  '-',
  'api',
  'assets',
  'favicon.svg',
  'health',
  'index',
  'index.html',
  'mcp',
  'metrics',
  'ready',
  'runbooks',
  'runbooks.html',
  'ws',
]);

/**
 * Serves the routes also below the path of the public URL, for a reverse proxy that does not remove this prefix. It
 * changes the request before any other listener reads it.
 */
export function serveBelowPublicPath(server: Server, publicUrl: string | undefined): void {
  const prefix = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
  if (prefix === '') return;
  const onRequest = (request: IncomingMessage) => {
    const { url = '', headers } = request;
    request.url = withoutPrefix(url, prefix);
    // As from a reverse proxy that removes the prefix itself.
    if (request.url !== url) headers['x-forwarded-prefix'] = prefix;
  };
  for (const event of ['request', 'checkContinue', 'upgrade']) server.prependListener(event, onRequest);
}

/**
 * Removes the prefix from a request target, which may be an absolute URL. If the prefix is a route itself, such as `/mcp`, it
 * is removed only before another route.
 */
export function withoutPrefix(target: string, prefix: string): string {
  const [, origin = '', path = ''] = /^(https?:\/\/[^/?#]*)?(.*)$/is.exec(target) ?? [];
  if (!path.startsWith(prefix)) return target;
  const rest = path.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return isRoute(prefix) ? target : `${origin}/${rest}`;
  return /^\/($|\?)/.test(rest) || isRoute(rest) ? origin + rest : target;
}

function isRoute(path: string): boolean {
  const [, segment = ''] = /^\/([^/?]*)/.exec(path) ?? [];
  return ROUTES.has(segment.toLowerCase());
}
