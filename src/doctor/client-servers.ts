import { parseJsonObject, splitMark, memberOf, stringOf, type JsonNode } from '../client-config/json-node.ts';
import { readConfigFile } from '../client-config/config-file.ts';
import { findHubArgument, findProxyProgram } from '../client-config/proxy-command-line.ts';
import { upstreamOf } from '../client-config/proxy-ports.ts';
import { findServerEntries, hasServers } from '../client-config/server-entries.ts';
import { readServerShape } from '../client-config/server-shape.ts';
import { PROXY_PREFIX } from '../settings/variable-prefixes.ts';
import { SETTINGS } from '../settings/settings.ts';

/** A server in a client's configuration, and how it runs behind a proxy. */
export type ClientServer = { readonly name: string } & (
  | { readonly kind: 'unwrapped' }
  | {
      readonly kind: 'command';
      /** The words that start the proxy. */
      readonly program: readonly string[];
      readonly hub: string | undefined;
      /** Undefined if the file has none, or a placeholder for it. */
      readonly key: string | undefined;
    }
  /** The client connects to a proxy that the user keeps running. */
  | { readonly kind: 'url'; readonly url: URL }
);

const PLACEHOLDER = /[${]/;

/**
 * The servers of a client's configuration. Empty if the file has no place for servers.
 *
 * @throws ExporterError `invalid_client_config` if the file cannot be read or understood
 */
export function readClientServers(file: string): ClientServer[] {
  const { json } = splitMark(readConfigFile(file));
  if (json.trim() === '') return [];
  const root = parseJsonObject(json);
  return hasServers(root) ? findServerEntries(root).map(({ name, node }) => describe(name, node)) : [];
}

function describe(name: string, node: JsonNode): ClientServer {
  const shape = readServerShape(node);
  if (shape.kind === 'url' && upstreamOf(shape.url) !== undefined)
    return { name, kind: 'url', url: shape.url };
  const argv = shape.kind === 'command' || shape.kind === 'command-list' ? shape.argv : [];
  const program = findProxyProgram(argv);
  if (!program) return { name, kind: 'unwrapped' };
  const variables = memberOf(node, 'env') ?? memberOf(node, 'environment');
  const variable = (setting: string) => {
    const text = stringOf(memberOf(variables, PROXY_PREFIX + setting));
    return text === undefined || PLACEHOLDER.test(text) ? undefined : text;
  };
  const hub = findHubArgument(argv)?.url ?? variable(SETTINGS.hubUrl.env);
  return { name, kind: 'command', program, hub, key: variable(SETTINGS.hubKey.env) };
}
