import { memberOf, membersOf, stringOf, stringsOf, type JsonNode } from './json-node.ts';

/** How a client starts or reaches a server, with the nodes to rewrite. */
export type ServerShape =
  | {
      readonly kind: 'command';
      readonly command: JsonNode;
      /** A list, or null. */
      readonly args: JsonNode | undefined;
      readonly argv: readonly string[];
      readonly env: JsonNode | undefined;
    }
  /** opencode: the program and its arguments in one list. */
  | {
      readonly kind: 'command-list';
      readonly list: JsonNode;
      readonly argv: readonly string[];
      readonly env: JsonNode | undefined;
    }
  | {
      readonly kind: 'url';
      readonly node: JsonNode;
      readonly url: URL;
      /** Whether the client sends headers of the file, such as a key. */
      readonly hasHeaders: boolean;
    }
  /** Left unchanged. The reason never repeats a value, because it could be a secret. */
  | { readonly kind: 'unknown'; readonly reason: string };

export type CommandShape = Extract<ServerShape, { kind: 'command' | 'command-list' }>;

const URL_FIELDS = ['url', 'serverUrl', 'httpUrl'];
const HTTP_TYPES = new Set(['http', 'sse', 'streamablehttp', 'remote']);
/** `${input:host}`, `${VAR}`, `$VAR`, `{env:VAR}`: only the client knows their values. */
const PLACEHOLDER = /\$\{|\$[A-Z_a-z]|\{\w+:|\{\{/;
const SECRET_PARAMETER =
  /(?:key|token|secret|password|passwd|pwd|auth|authorization|credentials?|signature|sig|^code)$/i;

export function readServerShape(entry: JsonNode): ServerShape {
  if (entry.type !== 'object') return unknown(`expected an object, received ${entry.type}`);
  const command = present(memberOf(entry, 'command'));
  const [url, ...others] = URL_FIELDS.flatMap((field) => present(memberOf(entry, field)) ?? []);
  if (command && url) return unknown('it has both a command and a URL');
  if (others.length > 0) return unknown('it has more than one URL');
  if (command) return readCommand(entry, command);
  if (url) return readUrl(entry, url);
  return unknown('it has neither a command nor a URL');
}

/** Some clients write null or '' for a value that is not set. */
function present(node: JsonNode | undefined): JsonNode | undefined {
  return node?.type === 'null' || stringOf(node) === '' ? undefined : node;
}

function readCommand(entry: JsonNode, command: JsonNode): ServerShape {
  // Zed, before 2025: { "command": { "path": …, "args": […], "env": {…} } }
  const place = command.type === 'object' ? command : entry;
  const env = present(memberOf(place, 'env')) ?? present(memberOf(place, 'environment'));
  if (command.type === 'array') {
    const argv = stringsOf(command);
    if (!argv?.[0]) return unknown('its command is not a list of strings');
    return { kind: 'command-list', list: command, argv, env };
  }
  const program = command.type === 'object' ? memberOf(command, 'path') : command;
  const list = memberOf(place, 'args');
  const name = stringOf(program);
  const rest = list && list.type !== 'null' ? stringsOf(list) : [];
  if (!program || !name) return unknown('its command is not a string');
  if (!rest) return unknown('its args are not a list of strings');
  return { kind: 'command', command: program, args: list, argv: [name, ...rest], env };
}

function readUrl(entry: JsonNode, node: JsonNode): ServerShape {
  const type = stringOf(memberOf(entry, 'type'));
  const text = stringOf(node) ?? '';
  if (PLACEHOLDER.test(text)) return unknown('its URL has a placeholder that only the client can fill in');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return unknown('its URL is not an http or https URL');
  if (url.username + url.password !== '') {
    return unknown(
      'its URL has a user or a password, which the command line of a proxy would show to others',
    );
  }
  const secret = [...url.searchParams.keys()].find((name) => SECRET_PARAMETER.test(name));
  if (secret !== undefined) {
    return unknown(
      `its URL has a secret in ${JSON.stringify(secret)}, which the command line of a proxy would show to others`,
    );
  }
  if (type !== undefined && !HTTP_TYPES.has(type.toLowerCase().replaceAll(/[-_]/g, ''))) {
    return unknown(`its type ${JSON.stringify(type)} is not an HTTP transport`);
  }
  return { kind: 'url', node, url, hasHeaders: membersOf(memberOf(entry, 'headers')).length > 0 };
}

function unknown(reason: string): ServerShape {
  return { kind: 'unknown', reason };
}
