import { applyEdits, type Edit } from 'jsonc-parser';

import { ExporterError } from '../errors.ts';
import { insertListAfter, prependItems, replaceValue } from './json-edits.ts';
import { parseJsonObject } from './json-node.ts';
import { httpProxyLine, isProxyCommand, PROXY_PROGRAM, stdioProxyArguments } from './proxy-command.ts';
import { createProxyPorts, proxyUrl, type ProxyPorts } from './proxy-ports.ts';
import { EXPECTED_TABLES, findServerEntries } from './server-entries.ts';
import { readServerShape, type ServerShape } from './server-shape.ts';

/** A client's configuration whose servers run behind the proxy. */
export interface WrappedConfig {
  /** The whole file. What was not wrapped is the same byte for byte. */
  readonly text: string;
  /** The names of the servers that run behind the proxy now. */
  readonly wrapped: string[];
  /** The servers that were left alone. */
  readonly skipped: { readonly name: string; readonly reason: string }[];
  /** Lines for a POSIX shell that a person must run beside the client: one for each server behind a URL. */
  readonly commands: string[];
}

interface WrapOptions {
  /** Where the proxies send what they see. */
  readonly hubUrl: string;
  /**
   * The proxies of servers behind a URL listen on this port of 127.0.0.1 and on those that follow.
   *
   * @defaultValue 3101
   */
  readonly firstPort?: number;
}

type Wrapping = { readonly edits: readonly Edit[]; readonly command?: string } | { readonly reason: string };

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Rewrites the JSON configuration of an MCP client so that every server in it runs behind `mcp-exporter proxy`.
 * A second run changes nothing.
 *
 * @throws ExporterError `invalid_client_config` where the text is not JSON, or has no place for servers
 */
export function wrapConfig(text: string, { hubUrl, firstPort = 3101 }: WrapOptions): WrappedConfig {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const json = text.slice(mark.length);
  const entries = findServerEntries(parseJsonObject(json));
  if (!entries) {
    const message = `expected the servers of an MCP client in ${EXPECTED_TABLES}, found none of them`;
    throw new ExporterError('invalid_client_config', message);
  }
  const servers = entries.map(({ name, node }) => ({ name, shape: readServerShape(node) }));
  const ports = createProxyPorts(firstPort, urlsInUse(servers, hubUrl));
  const edits: Edit[] = [];
  const result: Omit<WrappedConfig, 'text'> = { wrapped: [], skipped: [], commands: [] };
  for (const { name, shape } of servers) {
    const wrapping = wrapServer(json, { name, shape, hubUrl, ports });
    if ('reason' in wrapping) {
      result.skipped.push({ name, reason: wrapping.reason });
      continue;
    }
    result.wrapped.push(name);
    edits.push(...wrapping.edits);
    if (wrapping.command !== undefined) result.commands.push(wrapping.command);
  }
  return { text: mark + applyEdits(json, edits), ...result };
}

/** A proxy must listen neither where another one does, nor where a server or the hub does. */
function urlsInUse(servers: readonly { shape: ServerShape }[], hubUrl: string): URL[] {
  const urls = servers.flatMap(({ shape }) => (shape.kind === 'url' ? shape.url : []));
  return URL.canParse(hubUrl) ? [...urls, new URL(hubUrl)] : urls;
}

function wrapServer(
  json: string,
  server: { name: string; shape: ServerShape; hubUrl: string; ports: ProxyPorts },
): Wrapping {
  const { name, shape, hubUrl, ports } = server;
  if (shape.kind === 'unknown') return { reason: shape.reason };
  if (name === '' || name.startsWith('-')) {
    return { reason: 'its name is empty or begins with a dash: it cannot be an argument of the proxy' };
  }
  if (shape.kind === 'url') return wrapUrl(shape, name, hubUrl, ports);
  if (isProxyCommand(shape.argv)) return { reason: 'it runs behind the proxy already' };
  return { edits: wrapCommand(json, shape, stdioProxyArguments(name, hubUrl)) };
}

function wrapUrl(
  { node, url }: Extract<ServerShape, { kind: 'url' }>,
  name: string,
  hubUrl: string,
  ports: ProxyPorts,
): Wrapping {
  if (ports.owns(url)) {
    return { reason: `it is behind a proxy already: /mcp on a port from ${ports.range} of this machine` };
  }
  const port = ports.next();
  if (port === undefined) return { reason: `no port is left for its proxy, from ${ports.range}` };
  return {
    edits: [replaceValue(node, proxyUrl(port))],
    command: httpProxyLine({ upstream: url.href, name, port, hubUrl }),
  };
}

function wrapCommand(
  json: string,
  shape: Extract<ServerShape, { kind: 'command' | 'command-list' }>,
  proxyArguments: readonly string[],
): Edit[] {
  if (shape.kind === 'command-list') {
    return [prependItems(json, shape.list, [PROXY_PROGRAM, ...proxyArguments])];
  }
  const { command, args, argv } = shape;
  const items = [...proxyArguments, ...argv.slice(0, 1)];
  const insertion = args ? prependItems(json, args, items) : insertListAfter(json, command, 'args', items);
  return [replaceValue(command, PROXY_PROGRAM), insertion];
}
