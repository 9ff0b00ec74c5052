import { createLogger } from '../../logging/logger.ts';
import { systemClock, type Clock } from '../../monitor/clock.ts';
import { guarded } from '../../monitor/guarded.ts';
import { currentWatcher } from '../../monitor/operation-context.ts';
import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { NetworkTransport } from '../../monitor/traffic-events.ts';
import { DEFAULT_CONFIG, type Config } from '../../settings/config.ts';
import { isRecord } from '../wire/json-rpc.ts';
import type { NameLookup } from '../protocol/known-names.ts';
import { monitorHandler, type FetchHandler } from './monitor-handler.ts';
import { observeTransport, type WatchableTransport } from './observe-transport.ts';
import { readSdkVersion } from './sdk-version.ts';
import { DEFAULT_NAME, serverNameOf } from './server-name.ts';
import { conversationOfServer } from '../protocol/stdio-conversation.ts';
import type { SessionOf } from '../protocol/tool-operation.ts';
import { TrafficObserver, type Observed } from '../protocol/traffic-observer.ts';
import { WatchedServer } from '../protocol/watched-server.ts';

/** The `Server` of any SDK version. A program may load another copy of the SDK than this package does. */
interface ConnectableServer {
  readonly transport?: unknown;
  connect(transport: never): Promise<void>;
}

/**
 * An `McpServer` or `Server` of SDK v1 or v2. For v2 also a result of `createMcpHandler`, or a transport.
 *
 * @see {@link monitorMcpServer} for an example
 */
export type Monitorable =
  ConnectableServer | { readonly server: ConnectableServer } | FetchHandler | WatchableTransport;

/** The part of `createExporter`'s result that is used here. */
interface WatchingExporter {
  readonly sessions: SessionRegistry;
  readonly config?: Partial<Config>;
  readonly strict?: boolean;
}

/**
 * Options of {@link monitorMcpServer}.
 *
 * @see {@link monitorMcpServer} for an example
 */
export interface MonitorMcpServerOptions {
  /** The result of `createExporter`, or any object with a session registry. */
  exporter: WatchingExporter;
  /**
   * Returns the session that a tool call belongs to; undefined for its MCP session.
   * @defaultValue the call's MCP session, or, without one, a session named after the server
   */
  sessionOf?: SessionOf;
  /**
   * The label `mcp_server_name`.
   * @defaultValue the name that the server was created with; `mcp-server` for a handler or a transport
   */
  serverName?: string;
  /**
   * Whether each tool call's arguments and result are kept in its operation's details, redacted and cut.
   * @defaultValue the exporter's setting `MONITORING_CAPTURE_PAYLOADS`, or else false
   */
  isCapturingPayloads?: boolean;
  /** @defaultValue the system's clocks */
  clock?: Clock;
}

/** Transports that were passed to `monitorMcpServer`. Servers that connect to them are not observed again. */
const watchedTransports = new WeakMap<object, WatchedServer>();

/**
 * Watches an MCP server of the TypeScript SDKs. Every request is timed, and every tool call becomes an operation of a
 * session. Messages are never changed. A target that cannot be watched is logged, counted in
 * `mcp_exporter_faults_total{part="observer"}`, and works as before. Pass one of these:
 *
 * - an `McpServer` or `Server` (v1 or v2) before `connect`, also inside the factory passed to `createMcpHandler` or
 *   `serveStdio` (v2)
 * - the result of `createMcpHandler` (v2). This also observes `subscriptions/listen` and refused requests. Tool names come
 *   from the servers that the factory passes here, otherwise from successful calls and lists
 * - the transport that is passed to `serveStdio` (v2) as an option
 *
 * @returns `target`
 * @throws TypeError if the exporter is `strict` and `target` is already connected, already watched or of another type
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
 * import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
 * import { createExporter, monitorMcpServer } from 'mcp-exporter';
 *
 * const server = new McpServer({ name: 'dice', version: '1.0.0' });
 * server.registerTool('roll', {}, () => ({ content: [{ type: 'text', text: '4' }] }));
 *
 * const exporter = createExporter();
 * await exporter.start();
 * monitorMcpServer(server, { exporter, sessionOf: ({ toolName }) => `tool ${toolName}` });
 * await server.connect(new StdioServerTransport());
 * ```
 */
export function monitorMcpServer<T extends Monitorable>(target: T, options: MonitorMcpServerOptions): T {
  let exporter: WatchingExporter | null = null;
  try {
    exporter = exporterOf(options);
    watch(target, options, exporter);
  } catch (error) {
    if (exporter?.strict) throw error;
    if (exporter) exporter.sessions.reportError(error);
    else createLogger('error').error({ err: error }, 'cannot watch the MCP server');
  }
  return target;
}

/** Checks at run time, because JavaScript programs can pass anything. */
function exporterOf(options: unknown): WatchingExporter | null {
  const exporter = isRecord(options) ? options['exporter'] : undefined;
  const sessions = isRecord(exporter) ? exporter['sessions'] : undefined;
  // Not `instanceof`: a program may have two copies of this package.
  const isRegistry = isRecord(sessions) && typeof sessions['reportError'] === 'function';
  return isRegistry ? (exporter as WatchingExporter) : null;
}

function watch(target: unknown, options: MonitorMcpServerOptions, exporter: WatchingExporter | null): void {
  if (!exporter) {
    throw new TypeError('monitorMcpServer: expected { exporter } with the result of createExporter');
  }
  const { sessions } = exporter;
  if (isRecord(target) && typeof target['fetch'] === 'function') {
    return monitorHandler(target as unknown as FetchHandler, observedAs(options, 'v2'), sessions);
  }
  if (isTransport(target)) return monitorTransport(target, options);
  const server = isRecord(target) && isRecord(target['server']) ? target['server'] : target;
  if (!isRecord(target) || !isServer(server)) {
    const expected = 'an McpServer, a Server, a result of createMcpHandler, or a transport';
    throw new TypeError(`monitorMcpServer: expected ${expected}, received ${describe(target)}`);
  }
  monitorServer(target, server, options);
}

function isTransport(target: unknown): target is WatchableTransport {
  return isRecord(target) && typeof target['send'] === 'function' && typeof target['start'] === 'function';
}

function isServer(server: unknown): server is ConnectableServer {
  return isRecord(server) && typeof server['connect'] === 'function';
}

function describe(target: unknown): string {
  if (typeof target !== 'object' || target === null) return String(target);
  return `an object with ${Object.keys(target).slice(0, 5).join(', ') || 'no properties'}`;
}

function monitorServer(target: object, server: ConnectableServer, options: MonitorMcpServerOptions): void {
  if (server.transport) {
    throw new TypeError(
      'monitorMcpServer: expected a server that is not connected; call it before connect()',
    );
  }
  if (Object.hasOwn(server, 'connect')) {
    throw new TypeError('monitorMcpServer: this server is already watched; call it once per server');
  }
  const registry = {
    hasTool: registryLookup(target, '_registeredTools'),
    hasPrompt: registryLookup(target, '_registeredPrompts'),
  };
  const observed = observedAs(
    { serverName: serverNameOf(server), ...options },
    'experimental' in server ? 'v1' : 'v2',
    registry,
  );
  const { sessions } = options.exporter;
  const connect = server.connect.bind(server) as (transport: WatchableTransport) => Promise<void>;
  const observeConnection = guarded(
    (transport: WatchableTransport) => {
      const watcher = watcherOf(transport);
      if (watcher) watcher.useRegistry(registry);
      else observe(transport, observed, sessions);
    },
    (error) => sessions.reportError(error),
  );
  server.connect = (transport: WatchableTransport) => {
    observeConnection(transport);
    return connect(transport);
  };
}

function monitorTransport(transport: WatchableTransport, options: MonitorMcpServerOptions): void {
  if (watchedTransports.has(transport)) {
    throw new TypeError('monitorMcpServer: this transport is already watched; call it once per transport');
  }
  const observed = observedAs(options, 'v2');
  watchedTransports.set(transport, observed.server);
  observe(transport, observed, options.exporter.sessions);
}

function observedAs(
  options: MonitorMcpServerOptions,
  sdk: 'v1' | 'v2',
  registry: { hasTool?: NameLookup; hasPrompt?: NameLookup } = {},
): Observed {
  const { serverName: name = DEFAULT_NAME, clock = systemClock, sessionOf, exporter } = options;
  const { reportLimit: onLimit } = exporter.sessions;
  const server = new WatchedServer({ name, sdkVersion: readSdkVersion(sdk), onLimit, ...registry });
  const config = { ...DEFAULT_CONFIG, ...exporter.config };
  const { isCapturingPayloads = config.isCapturingPayloads } = options;
  return { clock, sessionOf, config: { ...config, isCapturingPayloads }, server, observer: 'server' };
}

function observe(transport: WatchableTransport, observed: Observed, sessions: SessionRegistry): void {
  const kind = networkTransportOf(transport);
  const stdioConversation = isOwnStdio(transport) ? conversationOfServer() : undefined;
  const observer = new TrafficObserver({
    ...observed,
    sessions,
    transport: kind,
    mcpSessionId: () => transport.sessionId,
    conversationId: () => transport.sessionId ?? stdioConversation,
    isSessionless: () => kind === 'tcp' && transport.sessionId === undefined,
  });
  observeTransport(transport, observer, (error) => sessions.reportError(error));
}

/** The handler or wire transport that already observes a connection's messages. */
function watcherOf(transport: WatchableTransport): WatchedServer | undefined {
  const watcher = currentWatcher();
  if (watcher instanceof WatchedServer) return watcher;
  return watchedTransports.get(Reflect.get(transport, '_wire') as WatchableTransport);
}

/** Whether the transport is this process's stdin and stdout. */
function isOwnStdio(transport: object): boolean {
  const wire: unknown = Reflect.get(transport, '_wire') ?? transport;
  return isRecord(wire) && wire['_stdin'] === process.stdin;
}

/** `McpServer` keeps a registry by name. A plain `Server` does not, so its names are taken from its traffic. */
function registryLookup(server: object, property: string): NameLookup {
  return (name) => {
    const registered: unknown = Reflect.get(server, property);
    return isRecord(registered) ? Object.hasOwn(registered, name) : null;
  };
}

function networkTransportOf(transport: object): NetworkTransport {
  const isHttp = ['handleRequest', 'handlePostMessage', 'handleMessage'].some(
    (method) => method in transport,
  );
  return isHttp ? 'tcp' : 'pipe';
}
