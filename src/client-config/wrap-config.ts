import { applyEdits, type Edit } from 'jsonc-parser';

import { insertListAfter, prependItems, replaceValue } from './json-edits.ts';
import { parseJsonObject, splitMark, type JsonNode } from './json-node.ts';
import { findHubArgument, httpProxyLine, isProxyCommand, stdioProxyArguments } from './proxy-command-line.ts';
import { createProxyPorts, FIRST_PROXY_PORT, proxyUrl, type ProxyPorts } from './proxy-ports.ts';
import { findServerEntries } from './server-entries.ts';
import { readServerShape, type CommandShape, type ServerShape } from './server-shape.ts';

/** A client's configuration whose servers run behind the proxy. */
export interface WrappedConfig {
  /** The whole file. What was not wrapped is the same byte for byte. */
  readonly text: string;
  /** The names of the servers that run behind the proxy now. */
  readonly wrapped: string[];
  /** The names of the servers that ran behind it already, and now report to another hub. */
  readonly hubChanged: string[];
  /** The servers that were left alone. */
  readonly skipped: { readonly name: string; readonly reason: string }[];
  /** Lines for a POSIX shell that a person must run beside the client: those of the proxies in front of URLs. */
  readonly commands: string[];
}

export interface WrapOptions {
  /** Where the proxies send what they see. */
  readonly hubUrl: string;
  /**
   * What starts the proxy: a command, and its first arguments.
   *
   * @defaultValue `['mcp-exporter']`
   */
  readonly program?: readonly string[];
  /**
   * Servers that run behind the proxy already keep their hub, whatever `hubUrl` says.
   *
   * @defaultValue false
   */
  readonly keepsHubs?: boolean;
  /**
   * Servers behind a URL are left alone: their proxies must be started and kept running by hand.
   *
   * @defaultValue false
   */
  readonly keepsUrls?: boolean;
  /**
   * The proxies of servers behind a URL listen on ports of 127.0.0.1, from this one to the hundredth.
   *
   * @defaultValue 3101
   */
  readonly firstPort?: number;
}

type Wrapping =
  | { readonly edits: readonly Edit[]; readonly command?: string; readonly isHubChange?: boolean }
  | { readonly reason: string };

interface Proxies {
  readonly program: readonly string[];
  readonly hubUrl: string;
  readonly keepsHubs: boolean;
  readonly keepsUrls: boolean;
  readonly ports: ProxyPorts;
}

/**
 * Rewrites the JSON configuration of an MCP client so that every server in it runs behind `mcp-exporter proxy`.
 * A second run changes nothing.
 *
 * @throws ExporterError `invalid_client_config` where the text is not JSON, or has no place for servers
 */
export function wrapConfig(text: string, options: WrapOptions): WrappedConfig {
  const { hubUrl, program = ['mcp-exporter'], keepsHubs = false, keepsUrls = false } = options;
  const { mark, json } = splitMark(text);
  const entries = findServerEntries(parseJsonObject(json));
  const servers = entries.map(({ name, node }) => ({ name, shape: readServerShape(node) }));
  const ports = createProxyPorts(options.firstPort ?? FIRST_PROXY_PORT, urlsInUse(servers, hubUrl));
  const proxies = { program, hubUrl, keepsHubs, keepsUrls, ports };
  const edits: Edit[] = [];
  const commands = new Set<string>();
  const result: Omit<WrappedConfig, 'text' | 'commands'> = { wrapped: [], hubChanged: [], skipped: [] };
  for (const { name, shape } of servers) {
    const wrapping = wrapServer(json, name, shape, proxies);
    if ('reason' in wrapping) {
      result.skipped.push({ name, reason: wrapping.reason });
      continue;
    }
    (wrapping.isHubChange ? result.hubChanged : result.wrapped).push(name);
    edits.push(...wrapping.edits);
    if (wrapping.command !== undefined) commands.add(wrapping.command);
  }
  return { text: mark + applyEdits(json, edits), ...result, commands: [...commands] };
}

/** A proxy must listen neither where another one does, nor where a server or the hub does. */
function urlsInUse(servers: readonly { shape: ServerShape }[], hubUrl: string): URL[] {
  const urls = servers.flatMap(({ shape }) => (shape.kind === 'url' ? shape.url : []));
  return URL.canParse(hubUrl) ? [...urls, new URL(hubUrl)] : urls;
}

function wrapServer(json: string, name: string, shape: ServerShape, proxies: Proxies): Wrapping {
  if (shape.kind === 'unknown') return { reason: shape.reason };
  if (name === '' || name.startsWith('-')) {
    return { reason: 'its name is empty or begins with a dash: it cannot be an argument of the proxy' };
  }
  if (shape.kind === 'url') return wrapUrl(shape, name, proxies);
  if (isProxyCommand(shape.argv)) return changeHub(shape, proxies);
  const { program, hubUrl } = proxies;
  return { edits: wrapCommand(json, shape, [...program, ...stdioProxyArguments(name, hubUrl)]) };
}

function wrapUrl(
  { node, url }: Extract<ServerShape, { kind: 'url' }>,
  name: string,
  { program, hubUrl, keepsUrls, ports }: Proxies,
): Wrapping {
  if (ports.owns(url)) {
    const place = `/mcp on a port from ${ports.range} of this machine`;
    return { reason: `it is behind a proxy already, which was told its hub when it was started: ${place}` };
  }
  if (keepsUrls) {
    return {
      reason: 'it has a URL: its proxy must be started and kept running, see mcp-exporter wrap-config',
    };
  }
  const port = ports.portFor(url, name);
  if (port === undefined) return { reason: `no port is left for its proxy, from ${ports.range}` };
  return {
    edits: [replaceValue(node, proxyUrl(port))],
    command: httpProxyLine({ program, upstream: url.href, name, port, hubUrl }),
  };
}

function changeHub(shape: CommandShape, { hubUrl, keepsHubs }: Proxies): Wrapping {
  const argument = keepsHubs ? undefined : findHubArgument(shape.argv);
  const node = argument && wordNode(shape, argument.index);
  if (!node || isSameUrl(argument.url, hubUrl)) return { reason: 'it runs behind the proxy already' };
  return { edits: [replaceValue(node, argument.option + hubUrl)], isHubChange: true };
}

/** What holds a word of the command line, but for its first. */
function wordNode(shape: CommandShape, index: number): JsonNode | undefined {
  return shape.kind === 'command-list' ? shape.list.children?.[index] : shape.args?.children?.[index - 1];
}

function isSameUrl(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => (URL.canParse(text) ? new URL(text).href : text));
  return first === second;
}

function wrapCommand(json: string, shape: CommandShape, words: readonly string[]): Edit[] {
  if (shape.kind === 'command-list') return [prependItems(json, shape.list, words)];
  const { command, args, argv } = shape;
  const [program = '', ...proxyArguments] = words;
  const items = [...proxyArguments, ...argv.slice(0, 1)];
  const insertion = args ? prependItems(json, args, items) : insertListAfter(json, command, 'args', items);
  return [replaceValue(command, program), insertion];
}
