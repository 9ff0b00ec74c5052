import { applyEdits, type Edit } from 'jsonc-parser';

import { readServers } from './configured-servers.ts';
import { insertListAfter, prependItems, replaceValue } from './json-edits.ts';
import { splitMark, type JsonNode } from './json-node.ts';
import { findHubArgument, httpProxyLine, isProxyCommand, stdioProxyArguments } from './proxy-command-line.ts';
import {
  createProxyPorts,
  FIRST_PROXY_PORT,
  isLoopback,
  proxyUrl,
  upstreamOf,
  type ProxyPorts,
} from './proxy-ports.ts';
import { handToServer } from './server-variables.ts';
import type { CommandShape, ServerShape } from './server-shape.ts';

/** A client's configuration whose servers run behind the proxy. */
export interface WrappedConfig {
  /** The whole file. Everything outside the wrapped servers is unchanged, byte for byte. */
  readonly text: string;
  /** The names of the servers that were wrapped. */
  readonly wrapped: string[];
  /** The names of the servers that were wrapped before and now report to another hub. */
  readonly hubChanged: string[];
  /** The servers that were left unchanged. */
  readonly skipped: { readonly name: string; readonly reason: string }[];
  /** Commands, for a POSIX shell, of the proxies in front of HTTP servers. The user must keep them running. */
  readonly commands: string[];
  /**
   * Entries of a client's configuration, one a line, for the HTTP servers without headers. They may sign in with OAuth,
   * which clients often refuse through a proxy: `mcp-remote` signs in, and the proxy watches it.
   */
  readonly signInEntries: string[];
}

export interface WrapOptions {
  /** The hub that the proxies report to. */
  readonly hubUrl: string;
  /**
   * The command, and its first arguments, by which clients start the proxy.
   *
   * @defaultValue `['mcp-exporter']`
   */
  readonly program?: readonly string[];
  /**
   * The same for users, who start the proxies in front of HTTP servers.
   *
   * @defaultValue `program`
   */
  readonly shellProgram?: readonly string[];
  /**
   * Servers that are wrapped already keep their hub, even if it is not `hubUrl`.
   *
   * @defaultValue false
   */
  readonly keepsHubs?: boolean;
  /**
   * HTTP servers are left unchanged, because the user must start their proxies and keep them running.
   *
   * @defaultValue false
   */
  readonly keepsUrls?: boolean;
  /**
   * Servers that an exporter serves or watches already, by their URLs.
   *
   * @defaultValue none
   */
  readonly watchedUrls?: ReadonlySet<string>;
  /**
   * First of the 100 ports of 127.0.0.1 on which the proxies in front of HTTP servers listen.
   *
   * @defaultValue 3101
   */
  readonly firstPort?: number;
}

type Wrapping =
  | {
      readonly edits: readonly Edit[];
      readonly command?: string;
      readonly signInEntry?: string | undefined;
      readonly isHubChange?: boolean;
    }
  | { readonly reason: string };

interface Proxies {
  readonly program: readonly string[];
  readonly shellProgram: readonly string[];
  readonly hubUrl: string;
  readonly keepsHubs: boolean;
  readonly keepsUrls: boolean;
  readonly watchedUrls: ReadonlySet<string>;
  readonly ports: ProxyPorts;
}

/**
 * Rewrites the JSON configuration of an MCP client so that every server in it runs behind `mcp-exporter proxy`.
 * Wrapping the result again changes nothing.
 *
 * @throws ExporterError `invalid_client_config` if the text is not JSON or has no place for servers
 */
export function wrapConfig(text: string, options: WrapOptions): WrappedConfig {
  const { hubUrl, program = ['mcp-exporter'], keepsHubs = false, keepsUrls = false } = options;
  const { shellProgram = program, watchedUrls = new Set() } = options;
  const { mark, json } = splitMark(text);
  const servers = readServers(json);
  const ports = createProxyPorts(options.firstPort ?? FIRST_PROXY_PORT, urlsInUse(servers, hubUrl));
  const proxies = { program, shellProgram, hubUrl, keepsHubs, keepsUrls, watchedUrls, ports };
  const edits: Edit[] = [];
  const commands = new Set<string>();
  const signInEntries = new Set<string>();
  const result: Omit<WrappedConfig, 'text' | 'commands' | 'signInEntries'> = {
    wrapped: [],
    hubChanged: [],
    skipped: [],
  };
  for (const { name, shape } of servers) {
    const wrapping = wrapServer(json, name, shape, proxies);
    if ('reason' in wrapping) {
      result.skipped.push({ name, reason: wrapping.reason });
      continue;
    }
    (wrapping.isHubChange ? result.hubChanged : result.wrapped).push(name);
    edits.push(...wrapping.edits);
    if (wrapping.command !== undefined) commands.add(wrapping.command);
    if (wrapping.signInEntry !== undefined) signInEntries.add(wrapping.signInEntry);
  }
  return {
    text: mark + applyEdits(json, edits),
    ...result,
    commands: [...commands],
    signInEntries: [...signInEntries],
  };
}

/** A proxy must not listen on the port of a server or of the hub. */
function urlsInUse(servers: readonly { shape: ServerShape }[], hubUrl: string): URL[] {
  const urls = servers.flatMap(({ shape }) => (shape.kind === 'url' ? shape.url : []));
  return URL.canParse(hubUrl) ? [...urls, new URL(hubUrl)] : urls;
}

function wrapServer(json: string, name: string, shape: ServerShape, proxies: Proxies): Wrapping {
  if (shape.kind === 'unknown') return { reason: shape.reason };
  if (name === '' || name.startsWith('-')) {
    return { reason: 'its name is empty or begins with a dash, so it cannot be an argument of the proxy' };
  }
  if (shape.kind === 'url') return wrapUrl(shape, name, proxies);
  if (isProxyCommand(shape.argv)) return changeHub(shape, proxies);
  const { program, hubUrl } = proxies;
  return {
    edits: [
      ...wrapCommand(json, shape, [...program, ...stdioProxyArguments(name, hubUrl)]),
      ...handToServer(shape.env, program),
    ],
  };
}

function wrapUrl(
  { node, url, hasHeaders }: Extract<ServerShape, { kind: 'url' }>,
  name: string,
  { program, shellProgram, hubUrl, keepsUrls, watchedUrls, ports }: Proxies,
): Wrapping {
  if (upstreamOf(url) !== undefined) return { reason: 'it runs behind the proxy already' };
  if (watchedUrls.has(url.href)) return { reason: 'mcp-exporter answers at its URL and watches it already' };
  if (keepsUrls) {
    return {
      reason: 'it is an HTTP server, whose proxy you must keep running: see mcp-exporter wrap-config',
    };
  }
  const port = ports.portFor(url, name);
  if (port === undefined) return { reason: `all ports for proxies are in use (${ports.range})` };
  return {
    edits: [replaceValue(node, proxyUrl(port, url))],
    command: httpProxyLine({ program: shellProgram, upstream: url.href, name, port, hubUrl }),
    signInEntry: hasHeaders
      ? undefined
      : signInEntry([...program, ...stdioProxyArguments(name, hubUrl)], name, url),
  };
}

function signInEntry([command, ...args]: readonly string[], name: string, url: URL): string {
  // mcp-remote refuses other addresses that are not encrypted.
  const consent = url.protocol === 'http:' && !isLoopback(url) ? ['--allow-http'] : [];
  const entry = { command, args: [...args, 'npx', '-y', 'mcp-remote', url.href, ...consent] };
  return `${JSON.stringify(name)}: ${JSON.stringify(entry)}`;
}

function changeHub(shape: CommandShape, { hubUrl, keepsHubs }: Proxies): Wrapping {
  const argument = keepsHubs ? undefined : findHubArgument(shape.argv);
  const node = argument && wordNode(shape, argument.index);
  if (!node || isSameUrl(argument.url, hubUrl)) return { reason: 'it runs behind the proxy already' };
  return { edits: [replaceValue(node, argument.option + hubUrl)], isHubChange: true };
}

/** The node of a word of the command line. The first word is the command. */
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
  return [replaceValue(command, program), insertArguments(json, command, args, items)];
}

function insertArguments(
  json: string,
  command: JsonNode,
  args: JsonNode | undefined,
  items: readonly string[],
): Edit {
  if (!args) return insertListAfter(json, command, 'args', items);
  return args.type === 'null' ? replaceValue(args, items) : prependItems(json, args, items);
}
