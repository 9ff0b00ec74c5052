import { memberOf, membersOf, stringOf, type JsonNode } from './json-node.ts';

/** A server in a client's configuration, under the name that the client shows. */
export interface ServerEntry {
  readonly name: string;
  readonly node: JsonNode;
}

export const EXPECTED_TABLES =
  'mcpServers, servers, mcp.servers, context_servers or projects.<path>.mcpServers';

/** Every server of a file, whichever client it belongs to; undefined where the file has no place for servers. */
export function findServerEntries(root: JsonNode): ServerEntry[] | undefined {
  const mcp = memberOf(root, 'mcp');
  const tables = [
    memberOf(root, 'mcpServers'), // Claude Desktop, Claude Code, Cursor, Windsurf, Gemini CLI, Cline
    memberOf(root, 'servers'), // VS Code: mcp.json
    memberOf(mcp, 'servers'), // VS Code: settings.json
    memberOf(root, 'mcp.servers'),
    memberOf(root, 'context_servers'), // Zed
    ...membersOf(memberOf(root, 'projects')).map(({ value }) => memberOf(value, 'mcpServers')), // Claude Code: ~/.claude.json
  ].filter((table) => table?.type === 'object');
  const direct = directEntries(mcp);
  if (tables.length === 0 && direct.length === 0) return undefined;
  return [...tables.flatMap((table) => entriesOf(table)), ...direct];
}

/** opencode has its servers in `mcp` itself, where the settings of other clients stand too: only its types tell. */
function directEntries(mcp: JsonNode | undefined): ServerEntry[] {
  return entriesOf(mcp).filter(({ node }) =>
    ['local', 'remote'].includes(stringOf(memberOf(node, 'type')) ?? ''),
  );
}

function entriesOf(table: JsonNode | undefined): ServerEntry[] {
  return membersOf(table).map(({ name, value }) => ({ name, node: value }));
}
