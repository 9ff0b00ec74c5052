import { noteRefusal } from '../http/http-error.ts';
import type { McpService } from '../http/mcp-route.ts';
import type { Logger } from '../logging/logger.ts';
import { createHttpProxy } from '../mcp/http/http-proxy.ts';
import { HttpTraffic } from '../mcp/http/http-traffic.ts';
import { UpstreamCheck } from '../mcp/http/upstream-check.ts';
import { WatchedServer } from '../mcp/protocol/watched-server.ts';
import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';

export interface UpstreamServiceOptions {
  /** The MCP endpoint of the server behind the proxy. */
  readonly upstream: URL;
  /** The label `mcp_server_name`. */
  readonly serverName: string;
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly sessionIdleMs: number;
  readonly isCapturingPayloads: boolean;
  /** Keys of the exporter, which no server may get. */
  readonly keys: readonly string[];
}

export interface UpstreamService {
  readonly mcp: McpService;
  close(): void;
}

/** A proxy in front of a server that speaks HTTP, with what it sees told to `sessions`. */
export function openUpstreamService(options: UpstreamServiceOptions): UpstreamService {
  const { upstream, serverName, sessions, logger } = options;
  const check = new UpstreamCheck(upstream, (isUp) => {
    sessions.publish({ type: 'upstream_checked', serverName, isUp });
    const fields = { upstream: upstream.origin };
    if (isUp) logger.info(fields, 'the MCP server can be reached');
    else logger.warn(fields, 'the MCP server cannot be reached');
  });
  const proxy = createHttpProxy({
    upstream,
    traffic: new HttpTraffic({
      ...options,
      server: new WatchedServer({ name: serverName, onLimit: sessions.reportLimit }),
    }),
    onUpstream: (isUp) => check.heard(isUp),
    onRefused: noteRefusal,
    onLimit: sessions.reportLimit,
    keys: options.keys,
  });
  return {
    mcp: {
      handle: (request, response) => proxy.handle(request, response),
      answers: (path) => proxy.answers(path),
      isKeyAsked: false,
      onRefused: (httpStatus, errorType) =>
        sessions.publish({ type: 'http_rejected', serverName, httpStatus, errorType }),
    },
    close() {
      check.close();
      proxy.close();
      sessions.publish({ type: 'upstream_checked', serverName, isUp: null });
    },
  };
}
