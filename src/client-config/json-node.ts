import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';

import { BYTE_ORDER_MARK } from '../byte-order-mark.ts';
import { ExporterError } from '../errors.ts';

export type JsonNode = Node;

/** One `"name": value` of an object. */
interface Member {
  readonly name: string;
  readonly value: JsonNode;
}

/** Splits a file's text into its byte order mark, if it has one, and its JSON. */
export function splitMark(text: string): { readonly mark: string; readonly json: string } {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  return { mark, json: text.slice(mark.length) };
}

/**
 * Parses a JSON object. Comments and trailing commas are allowed, because VS Code and Zed write them.
 *
 * @throws ExporterError `invalid_client_config` with the line and the column of the first error
 */
export function parseJsonObject(text: string): JsonNode {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) throw notJson(text, first);
  if (root?.type !== 'object') {
    throw new ExporterError(
      'invalid_client_config',
      `expected a JSON object, received ${root?.type ?? 'nothing'}`,
    );
  }
  return root;
}

/** The members of an object, in order. Empty if the node is not an object. */
export function membersOf(node: JsonNode | undefined): Member[] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).flatMap(({ children: [name, value] = [] }) =>
    name && value ? [{ name: String(name.value), value }] : [],
  );
}

/** The value of a member. As in JSON parsers, the last one counts if a name is repeated. */
export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return membersOf(node).findLast((member) => member.name === name)?.value;
}

export function stringOf(node: JsonNode | undefined): string | undefined {
  return node?.type === 'string' ? String(node.value) : undefined;
}

/** The strings of a list. Undefined if the node is not a list of strings. */
export function stringsOf(node: JsonNode): string[] | undefined {
  if (node.type !== 'array') return undefined;
  const items = (node.children ?? []).map(stringOf);
  return items.every((item) => item !== undefined) ? items : undefined;
}

/** A table of TOML, such as `[mcp_servers.docs]`. */
const TOML_TABLE = /^\s*\[{1,2}[\w."'-]+\]{1,2}\s*$/m;

function notJson(text: string, { error, offset }: ParseError): ExporterError {
  if (TOML_TABLE.test(text)) {
    const message = 'expected JSON, received TOML, which only you can edit: put the proxy before the command';
    return new ExporterError('invalid_client_config', message);
  }
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const problem = printParseErrorCode(error)
    .replaceAll(/\B[A-Z]/g, ' $&')
    .toLowerCase();
  return new ExporterError(
    'invalid_client_config',
    `invalid JSON at line ${line}, column ${column} (comments are allowed): ${problem}`,
  );
}
