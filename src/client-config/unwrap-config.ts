import { applyEdits, getNodePath, type Edit } from 'jsonc-parser';

import { removeItems, removeListAfter, replaceValue } from './json-edits.ts';
import { parseJsonObject, splitMark, type JsonNode } from './json-node.ts';
import { findStdioProxy, isProxyCommand, type StdioProxy } from './proxy-command-line.ts';
import { createProxyPorts, FIRST_PROXY_PORT } from './proxy-ports.ts';
import { findServerEntries } from './server-entries.ts';
import { takeBackFromServer } from './server-variables.ts';
import { readServerShape, type CommandShape, type ServerShape } from './server-shape.ts';
import { wrapConfig } from './wrap-config.ts';

/** A client's configuration whose servers no longer run behind the proxy. */
export interface UnwrappedConfig {
  readonly text: string;
  /** The names of the servers that were unwrapped one by one; empty if a backup restores the whole file. */
  readonly unwrapped: string[];
  /** The servers that stay behind the proxy. */
  readonly skipped: { readonly name: string; readonly reason: string }[];
  /**
   * The backups whose wrapping resulted in `text`, step by step. The last one is the file before the first wrapping:
   * `text` is equal to it if nothing was unwrapped.
   */
  readonly restored: readonly string[];
}

interface Server {
  /** The place in the file. */
  readonly key: string;
  readonly name: string;
  readonly shape: ServerShape;
}

type Unwrapping = { readonly edits: readonly Edit[] } | { readonly reason: string } | undefined;

const proxyPorts = createProxyPorts(FIRST_PROXY_PORT, []);

/**
 * Undoes {@link wrapConfig}. If the text is the result of wrapping one of the backups, that backup is the result, byte
 * for byte. Otherwise only the servers are unwrapped, and later edits of the file remain.
 *
 * @param backups - the contents of the file's backups, the newest first
 * @throws ExporterError `invalid_client_config` if the text is not JSON or has no place for servers
 */
export function unwrapConfig(current: string, backups: readonly string[]): UnwrappedConfig {
  const restored = findWrappedBackups(current, backups);
  const { mark, json } = splitMark(restored.at(-1) ?? current);
  const earlier = backups.flatMap((backup) => readEarlier(backup));
  const edits: Edit[] = [];
  const result: Pick<UnwrappedConfig, 'unwrapped' | 'skipped'> = { unwrapped: [], skipped: [] };
  for (const server of readServers(json)) {
    const unwrapping = unwrapServer(json, server, earlier);
    if (!unwrapping) continue;
    if ('reason' in unwrapping) {
      result.skipped.push({ name: server.name, reason: unwrapping.reason });
      continue;
    }
    result.unwrapped.push(server.name);
    edits.push(...unwrapping.edits);
  }
  return { text: mark + applyEdits(json, edits), ...result, restored };
}

/** Goes back through the backups for as long as one of them, wrapped, results in the text. */
function findWrappedBackups(current: string, backups: readonly string[]): string[] {
  const steps: string[] = [];
  for (let text = current; ;) {
    const before = backups.find((backup) => !steps.includes(backup) && isWrappingOf(text, backup));
    if (before === undefined) return steps;
    steps.push(before);
    text = before;
  }
}

function isWrappingOf(text: string, backup: string): boolean {
  if (text === backup) return false;
  try {
    const candidates = findWrappings(text);
    return candidates.some(({ hubUrl, program }) =>
      [false, true].some((keepsHubs) =>
        [false, true].some(
          (keepsUrls) => wrapConfig(backup, { hubUrl, program, keepsHubs, keepsUrls }).text === text,
        ),
      ),
    );
  } catch {
    // The file beside it is another program's, and no client's configuration.
    return false;
  }
}

/** The hubs and programs with which the servers of a file were wrapped. */
function findWrappings(text: string): Pick<StdioProxy, 'hubUrl' | 'program'>[] {
  const proxies = readServers(splitMark(text).json).flatMap(({ shape }) =>
    isCommand(shape) ? (findStdioProxy(shape.argv) ?? []) : [],
  );
  // URLs show neither hub nor program, and the ports of their proxies do not depend on them.
  if (proxies.length === 0) return [{ hubUrl: '', program: [''] }];
  return [
    ...new Map(proxies.map((proxy) => [JSON.stringify([proxy.hubUrl, proxy.program]), proxy])).values(),
  ];
}

/** The servers of a backup, and the URLs of the proxies that a wrapping gives them. */
function readEarlier(backup: string): Map<string, { shape: ServerShape; proxyUrl: string | undefined }>[] {
  try {
    const before = readServers(splitMark(backup).json);
    const wrapped = wrapConfig(backup, { hubUrl: '' }).text;
    const after = new Map(readServers(splitMark(wrapped).json).map(({ key, shape }) => [key, shape]));
    return [
      new Map(
        before.map(({ key, shape }) => {
          const wrappedShape = after.get(key);
          const proxyUrl = wrappedShape?.kind === 'url' ? wrappedShape.url.href : undefined;
          return [key, { shape, proxyUrl }];
        }),
      ),
    ];
  } catch {
    return [];
  }
}

type Earlier = ReturnType<typeof readEarlier>;

function unwrapServer(json: string, { key, shape }: Server, earlier: Earlier): Unwrapping {
  const before = earlier.flatMap((servers) => servers.get(key) ?? []);
  if (isProxiedUrl(shape)) return unwrapUrl(shape, before);
  if (!isCommand(shape) || !isProxyCommand(shape.argv)) return undefined;
  const proxy = findStdioProxy(shape.argv);
  if (!proxy) return { reason: 'wrap-config did not write its command line' };
  if (
    before.length > 0 &&
    before.every((server) => isCommand(server.shape) && isProxyCommand(server.shape.argv))
  ) {
    return { reason: 'it ran behind the proxy before' };
  }
  const hadNoArgs = before.some((server) => server.shape.kind === 'command' && !server.shape.args);
  return { edits: [...unwrapCommand(json, shape, proxy, hadNoArgs), ...takeBackFromServer(shape.env)] };
}

function unwrapUrl(
  { node, url }: Extract<ServerShape, { kind: 'url' }>,
  before: readonly { shape: ServerShape; proxyUrl: string | undefined }[],
): Unwrapping {
  const original = before.find(({ shape, proxyUrl }) => proxyUrl === url.href && !isProxiedUrl(shape));
  if (original?.shape.kind !== 'url') {
    return { reason: 'no backup has the URL of the server behind its proxy: set its URL by hand' };
  }
  return { edits: [replaceValue(node, String(original.shape.node.value))] };
}

function unwrapCommand(
  json: string,
  shape: CommandShape,
  { wordCount, server }: StdioProxy,
  hadNoArgs: boolean,
): Edit[] {
  if (shape.kind === 'command-list') return [removeItems(shape.list, wordCount)];
  const { command, args } = shape;
  const [program = '', ...rest] = server;
  const removal = args && hadNoArgs && rest.length === 0 ? removeListAfter(json, command, args) : undefined;
  const edits = args ? [removal ?? removeItems(args, wordCount)] : [];
  return [replaceValue(command, program), ...edits];
}

function readServers(json: string): Server[] {
  return findServerEntries(parseJsonObject(json)).map(({ name, node }) => ({
    key: keyOf(node),
    name,
    shape: readServerShape(node),
  }));
}

function keyOf(node: JsonNode): string {
  return JSON.stringify(getNodePath(node));
}

function isCommand(shape: ServerShape): shape is CommandShape {
  return shape.kind === 'command' || shape.kind === 'command-list';
}

function isProxiedUrl(shape: ServerShape): shape is Extract<ServerShape, { kind: 'url' }> {
  return shape.kind === 'url' && proxyPorts.owns(shape.url);
}
