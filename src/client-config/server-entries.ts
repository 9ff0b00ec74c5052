import { ExporterError } from '../errors.ts';
import { memberOf, membersOf, stringOf, type JsonNode } from './json-node.ts';

/** A server in a client's configuration, with the name that the client shows. */
export interface ServerEntry {
  readonly name: string;
  readonly node: JsonNode;
}

const EXPECTED_TABLES =
  'mcpServers, servers, mcp.servers, amp.mcpServers, context_servers, projects.<path>.mcpServers, ' +
  'customizations.vscode.mcp.servers, mcp (entries with a type), or a file of servers alone';
/** The types of a server. Other members of a table have none of them. */
const SERVER_TYPES = new Set(['local', 'remote', 'stdio', 'http', 'sse']);

/**
 * Every server of a file of any known client.
 *
 * @throws ExporterError `invalid_client_config` if the file has no place for servers
 */
export function findServerEntries(root: JsonNode): ServerEntry[] {
  const places = findPlaces(root);
  const tables = places.filter(({ node }) => node?.type === 'object');
  const direct = directEntries(root);
  if (tables.length === 0 && direct.length === 0) throw noServers(places);
  return [...tables.flatMap(({ node }) => entriesOf(node)), ...direct];
}

/** Whether a file has a place for servers, even one that {@link findServerEntries} refuses. */
export function hasServers(root: JsonNode): boolean {
  return findPlaces(root).some(({ node }) => node) || directEntries(root).length > 0;
}

/** A place that is null is not set. */
function findPlaces(root: JsonNode): readonly { path: string; node: JsonNode | undefined }[] {
  const mcp = memberOf(root, 'mcp');
  const vsCode = memberOf(memberOf(root, 'customizations'), 'vscode');
  const places = [
    { path: 'mcpServers', node: memberOf(root, 'mcpServers') }, // Claude, Cursor, Windsurf, Gemini CLI, Cline
    { path: 'servers', node: memberOf(root, 'servers') }, // VS Code: mcp.json
    { path: 'mcp.servers', node: memberOf(mcp, 'servers') }, // VS Code: settings.json
    { path: 'mcp.servers', node: memberOf(root, 'mcp.servers') },
    { path: 'amp.mcpServers', node: memberOf(root, 'amp.mcpServers') }, // Amp: settings.json
    { path: 'context_servers', node: memberOf(root, 'context_servers') }, // Zed
    // VS Code: devcontainer.json
    { path: 'customizations.vscode.mcp.servers', node: memberOf(memberOf(vsCode, 'mcp'), 'servers') },
    // Claude Code: ~/.claude.json
    ...membersOf(memberOf(root, 'projects')).map(({ value }) => ({
      path: 'projects.<path>.mcpServers',
      node: memberOf(value, 'mcpServers'),
    })),
    { path: 'mcp', node: mcp?.type === 'object' ? undefined : mcp },
  ];
  return places.filter(({ node }) => node?.type !== 'null');
}

function noServers(places: readonly { path: string; node: JsonNode | undefined }[]): ExporterError {
  const [wrong] = places.flatMap(({ path, node }) => (node ? { path, type: node.type } : []));
  const message = wrong
    ? `${wrong.path}: expected an object, received ${wrong.type}`
    : `expected the servers of an MCP client in ${EXPECTED_TABLES}; found none of these`;
  return new ExporterError('invalid_client_config', message);
}

/** opencode and Crush keep servers in `mcp` itself, and plugins of Claude Code in the file itself. */
function directEntries(root: JsonNode): ServerEntry[] {
  const ofMcp = entriesOf(memberOf(root, 'mcp')).filter(({ node }) =>
    SERVER_TYPES.has(stringOf(memberOf(node, 'type')) ?? ''),
  );
  const ofFile = entriesOf(root);
  const isFileOfServers = ofFile.length > 0 && ofFile.every(({ node }) => isServer(node));
  return isFileOfServers ? ofFile : ofMcp;
}

function isServer(node: JsonNode): boolean {
  return [memberOf(node, 'command'), memberOf(node, 'url')].some((member) => member?.type === 'string');
}

function entriesOf(table: JsonNode | undefined): ServerEntry[] {
  return membersOf(table).map(({ name, value }) => ({ name, node: value }));
}
