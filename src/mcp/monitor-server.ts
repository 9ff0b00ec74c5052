import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

import { systemClock, type Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { NetworkTransport } from '../monitor/traffic-events.ts';
import { isRecord, textOf } from './json-rpc.ts';
import { KnownNames, type NameLookup } from './known-names.ts';
import { observeTransport } from './observe-transport.ts';
import type { SessionOf } from './tool-operation.ts';
import { TrafficObserver } from './traffic-observer.ts';

/** The SDK's `Server`, of whichever v1 version: a program may have another copy of the SDK than this package. */
interface ConnectableServer {
  readonly transport?: unknown;
  connect(transport: never): Promise<void>;
}

/** The SDK's `McpServer` or `Server`. */
export type MonitorableServer = ConnectableServer | { readonly server: ConnectableServer };

export interface MonitorMcpServerOptions {
  /** What `createExporter` returned; anything with a session registry will do. */
  exporter: { readonly sessions: SessionRegistry };
  /**
   * Which session a tool call belongs to; undefined for its MCP session.
   * @defaultValue every call belongs to its MCP session
   */
  sessionOf?: SessionOf;
  /**
   * The label `mcp_server_name`.
   * @defaultValue the name that the server was made with
   */
  serverName?: string;
  /** @defaultValue the system's clocks */
  clock?: Clock;
}

/**
 * Watches an MCP server of the TypeScript SDK (v1): every request is timed, every tool call is an operation of a
 * session. One line, before `connect`; it changes no message, and no failure of its own reaches the server.
 *
 * @returns the server that it was given
 * @throws TypeError where the server is connected or monitored already
 *
 * @example
 * ```ts
 * const exporter = createExporter();
 * await exporter.start();
 * monitorMcpServer(server, { exporter });
 * await server.connect(transport);
 * ```
 */
export function monitorMcpServer<S extends MonitorableServer>(
  server: S,
  options: MonitorMcpServerOptions,
): S {
  const inner = ('server' in server ? server.server : server) as Server;
  if (inner.transport) throw new TypeError('monitorMcpServer: expected a server that is not connected yet');
  if (Object.hasOwn(inner, 'connect'))
    throw new TypeError('monitorMcpServer: this server is monitored already');

  const { exporter, sessionOf = () => undefined, clock = systemClock } = options;
  const observed = {
    sessions: exporter.sessions,
    clock,
    sessionOf,
    serverName: options.serverName ?? nameOf(inner),
    sdkVersion: readSdkVersion(),
    tools: new KnownNames(registryLookup(server, '_registeredTools')),
    prompts: new KnownNames(registryLookup(server, '_registeredPrompts')),
  };
  const connect = inner.connect.bind(inner);
  inner.connect = (transport) => {
    const observer = new TrafficObserver({
      ...observed,
      transport: networkTransportOf(transport),
      mcpSessionId: () => transport.sessionId,
    });
    observeTransport(transport, observer);
    return connect(transport);
  };
  return server;
}

function nameOf(server: Server): string {
  const serverInfo: unknown = Reflect.get(server, '_serverInfo');
  return (isRecord(serverInfo) ? textOf(serverInfo, 'name') : null) ?? 'unknown';
}

/** `McpServer` keeps what was registered by name; a plain `Server` does not, and its names are learned. */
function registryLookup(server: object, property: string): NameLookup {
  return (name) => {
    const registered: unknown = Reflect.get(server, property);
    return isRecord(registered) ? Object.hasOwn(registered, name) : null;
  };
}

function networkTransportOf(transport: Transport): NetworkTransport {
  const isHttp = 'handleRequest' in transport || 'handlePostMessage' in transport;
  return isHttp ? 'tcp' : 'pipe';
}

/** Of the program's own SDK, or else of ours. It exports no version; its package.json stands above its exports. */
function readSdkVersion(): string {
  try {
    const program = createRequire(pathToFileURL(process.argv[1] ?? import.meta.filename));
    const entry = pathToFileURL(program.resolve('@modelcontextprotocol/sdk/server/index.js'));
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', entry), 'utf8'));
    return (isRecord(manifest) ? textOf(manifest, 'version') : null) ?? '';
  } catch {
    return '';
  }
}
