import { getNodePath } from 'jsonc-parser';

import { parseJsonObject, splitMark } from './json-node.ts';
import { upstreamOf } from './proxy-ports.ts';
import { findServerEntries } from './server-entries.ts';
import { readServerShape, type ServerShape } from './server-shape.ts';

/** A server in a client's configuration. */
export interface ConfiguredServer {
  /** The place in the file. */
  readonly key: string;
  readonly name: string;
  readonly shape: ServerShape;
}

/** @throws ExporterError `invalid_client_config` if the text is not JSON or has no place for servers */
export function readServers(text: string): ConfiguredServer[] {
  return findServerEntries(parseJsonObject(splitMark(text).json)).map(({ name, node }) => ({
    key: JSON.stringify(getNodePath(node)),
    name,
    shape: readServerShape(node),
  }));
}

/**
 * The URLs in a file, without those that `wrap-config` wrote.
 *
 * @throws ExporterError as {@link readServers}
 */
export function findUrls(text: string): URL[] {
  return readServers(text).flatMap(({ shape }) =>
    shape.kind === 'url' && upstreamOf(shape.url) === undefined ? shape.url : [],
  );
}
