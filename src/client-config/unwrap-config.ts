import { applyEdits, type Edit } from 'jsonc-parser';

import { findUrls, readServers, type ConfiguredServer } from './configured-servers.ts';
import { removeItems, removeListAfter, replaceValue } from './json-edits.ts';
import { splitMark } from './json-node.ts';
import { findStdioProxy, isProxyCommand, type StdioProxy } from './proxy-command-line.ts';
import { upstreamOf } from './proxy-ports.ts';
import { takeBackFromServer } from './server-variables.ts';
import type { CommandShape, ServerShape } from './server-shape.ts';
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

type Unwrapping = { readonly edits: readonly Edit[] } | { readonly reason: string } | undefined;

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
    // A URL that a wrapping has left unchanged was watched at that time.
    const watchedUrls = new Set(findUrls(text).map(({ href }) => href));
    return candidates.some(({ hubUrl, program }) =>
      [false, true].some((keepsHubs) =>
        [false, true].some(
          (keepsUrls) =>
            wrapConfig(backup, { hubUrl, program, keepsHubs, keepsUrls, watchedUrls }).text === text,
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
  const proxies = readServers(text).flatMap(({ shape }) =>
    isCommand(shape) ? (findStdioProxy(shape.argv) ?? []) : [],
  );
  // URLs show neither hub nor program, and the ports of their proxies do not depend on them.
  if (proxies.length === 0) return [{ hubUrl: '', program: [''] }];
  return [
    ...new Map(proxies.map((proxy) => [JSON.stringify([proxy.hubUrl, proxy.program]), proxy])).values(),
  ];
}

/** The servers of a backup by their places; none if it is not a client's configuration. */
function readEarlier(backup: string): Map<string, ServerShape>[] {
  try {
    return [new Map(readServers(backup).map(({ key, shape }) => [key, shape]))];
  } catch {
    return [];
  }
}

function unwrapServer(
  json: string,
  { key, shape }: ConfiguredServer,
  earlier: readonly Map<string, ServerShape>[],
): Unwrapping {
  const before = earlier.flatMap((servers) => servers.get(key) ?? []);
  if (shape.kind === 'url') return unwrapUrl(shape, before);
  if (!isCommand(shape) || !isProxyCommand(shape.argv)) return undefined;
  const proxy = findStdioProxy(shape.argv);
  if (!proxy) return { reason: 'wrap-config did not write its command line' };
  if (before.length > 0 && before.every((server) => isCommand(server) && isProxyCommand(server.argv))) {
    return { reason: 'it ran behind the proxy before' };
  }
  return { edits: [...unwrapCommand(json, shape, proxy, before), ...takeBackFromServer(shape.env)] };
}

function unwrapUrl(
  { node, url }: Extract<ServerShape, { kind: 'url' }>,
  before: readonly ServerShape[],
): Unwrapping {
  const upstream = upstreamOf(url);
  if (upstream === undefined) return undefined;
  // The backup has the URL as its author wrote it.
  const original = before.find((shape) => shape.kind === 'url' && shape.url.href === upstream);
  return { edits: [replaceValue(node, original?.kind === 'url' ? String(original.node.value) : upstream)] };
}

function unwrapCommand(
  json: string,
  shape: CommandShape,
  { wordCount, server }: StdioProxy,
  before: readonly ServerShape[],
): Edit[] {
  if (shape.kind === 'command-list') return [removeItems(shape.list, wordCount)];
  const [program = '', ...rest] = server;
  return [replaceValue(shape.command, program), ...unwrapArguments(json, shape, wordCount, rest, before)];
}

function unwrapArguments(
  json: string,
  { command, args }: Extract<ServerShape, { kind: 'command' }>,
  wordCount: number,
  rest: readonly string[],
  before: readonly ServerShape[],
): Edit[] {
  if (!args) return [];
  const originals = rest.length === 0 ? before.filter((server) => server.kind === 'command') : [];
  if (originals.some((original) => original.args?.type === 'null')) return [replaceValue(args, null)];
  const hadNoArgs = originals.some((original) => !original.args);
  const removal = hadNoArgs ? removeListAfter(json, command, args) : undefined;
  return [removal ?? removeItems(args, wordCount)];
}

function isCommand(shape: ServerShape): shape is CommandShape {
  return shape.kind === 'command' || shape.kind === 'command-list';
}
