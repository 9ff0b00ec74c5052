import { noteRefusal } from '../http/http-error.ts';
import { createHttpProxy } from '../mcp/http/http-proxy.ts';
import { HttpTraffic } from '../mcp/http/http-traffic.ts';
import { UpstreamCheck } from '../mcp/http/upstream-check.ts';
import { WatchedServer } from '../mcp/protocol/watched-server.ts';
import type { McpContext, McpSource } from './mcp-source.ts';

/**
 * Options of {@link proxyMcp}.
 *
 * @see {@link proxyMcp} for an example
 */
export interface ProxyMcpOptions {
  /** The MCP endpoint of the server. */
  readonly url: URL | string;
  /**
   * The label `mcp_server_name`.
   * @defaultValue the URL's host and port
   */
  readonly serverName?: string;
}

const REDIRECT_PROBLEMS = {
  redirect_loop: 'MCP server redirects in a loop',
  redirect_to_other_origin: 'MCP server redirects to another origin',
};

/**
 * Serves an MCP server over HTTP through a transparent proxy that watches it.
 *
 * @returns the option `mcp` of `createExporter`. It throws a TypeError if `options.url` is not a URL
 *
 * @example
 * ```ts
 * import { createExporter, proxyMcp } from 'mcp-exporter';
 *
 * const mcp = proxyMcp({ url: 'http://127.0.0.1:8080/mcp', serverName: 'weather' });
 * const exporter = createExporter({ mcp });
 * const urls = await exporter.start();
 * console.log(urls.mcp); // http://127.0.0.1:3001/mcp
 * await exporter.close();
 * ```
 */
export function proxyMcp(options: ProxyMcpOptions): McpSource {
  return (context) => {
    const { sessions, config } = context;
    const upstream = new URL(options.url);
    const { serverName = upstream.host } = options;
    const check = checkUpstream(upstream, serverName, context);
    const proxy = createHttpProxy({
      upstream,
      traffic: new HttpTraffic({
        ...context,
        observer: 'proxy',
        server: new WatchedServer({ name: serverName, onLimit: sessions.reportLimit }),
        onUndecodable: warnOnce(context),
      }),
      check,
      onRedirectError: ({ code, location }) =>
        context.logger.warn({ upstream: upstream.origin, location }, REDIRECT_PROBLEMS[code]),
      onRefused: noteRefusal,
      onLimit: sessions.reportLimit,
      keys: [config.apiKey, config.hubKey].filter((key) => key !== undefined),
    });
    return {
      serverName,
      handle: (request, response) => proxy.handle(request, response),
      answers: (path) => proxy.answers(path),
      isKeyAsked: false,
      isForwarding: true,
      close() {
        check.close();
        proxy.close();
        sessions.publish({ type: 'upstream_checked', serverName, isUp: null, reason: '' });
      },
    };
  };
}

/** Any peer can choose the encoding, so only the first one is logged. */
function warnOnce({ logger }: McpContext): (encoding: string) => void {
  let isLogged = false;
  return (encoding) => {
    if (isLogged) return;
    isLogged = true;
    logger.warn(
      { encoding: encoding.slice(0, 100) },
      'unsupported content encoding, messages are not observed',
    );
  };
}

function checkUpstream(upstream: URL, serverName: string, { sessions, logger }: McpContext): UpstreamCheck {
  return new UpstreamCheck(upstream, (isUp, reason) => {
    sessions.publish({ type: 'upstream_checked', serverName, isUp, reason });
    if (isUp) logger.info({ upstream: upstream.origin }, 'MCP server reachable');
    else logger.warn({ upstream: upstream.origin, reason }, 'MCP server unreachable');
  });
}
