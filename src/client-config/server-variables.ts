import { posix } from 'node:path';

import type { Edit } from 'jsonc-parser';

import { SERVER_PREFIX } from '../settings/variable-prefixes.ts';
import { replaceValue } from './json-edits.ts';
import { membersOf, type JsonNode } from './json-node.ts';

/**
 * Variables that Node, its libraries or the dynamic linker read before any program runs. The proxy cannot ignore them, so
 * the file hands them to the server under another name.
 */
const READ_AT_START = new Set([
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_PENDING_DEPRECATION',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
  'OPENSSL_CONF',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'DYLD_LIBRARY_PATH',
]);
const SERVER_PATH = `${SERVER_PREFIX}PATH`;

/**
 * Renames the variables of an entry that would act on the start of the proxy.
 *
 * @param program - how the entry starts the proxy
 */
export function handToServer(env: JsonNode | undefined, program: readonly string[]): Edit[] {
  return keysOf(env).flatMap(({ name, key }) => {
    if (READ_AT_START.has(name)) return [replaceValue(key, SERVER_PREFIX + name)];
    const path = name === 'PATH' ? pathForNpx(program) : undefined;
    if (path === undefined) return [];
    const members = `"PATH": ${JSON.stringify(path)}, ${JSON.stringify(SERVER_PATH)}`;
    return [{ offset: key.offset, length: key.length, content: members }];
  });
}

/** Reverts {@link handToServer}. */
export function takeBackFromServer(env: JsonNode | undefined): Edit[] {
  const keys = keysOf(env);
  return keys.flatMap(({ name, key }, index) => {
    if (!name.startsWith(SERVER_PREFIX)) return [];
    const before = keys[index - 1];
    if (name !== SERVER_PATH || before?.name !== 'PATH') {
      return [replaceValue(key, name.slice(SERVER_PREFIX.length))];
    }
    const { offset } = before.key;
    return [{ offset, length: key.offset + key.length - offset, content: '"PATH"' }];
  });
}

/** npx starts a shell, and the shell Node: both must be on the PATH. Undefined if the program is not started by npx. */
function pathForNpx([command = '', ...args]: readonly string[]): string | undefined {
  const isNpx = args.includes('-y') && posix.isAbsolute(command);
  return isNpx ? `${posix.dirname(command)}:/usr/local/bin:/usr/bin:/bin` : undefined;
}

function keysOf(env: JsonNode | undefined): { readonly name: string; readonly key: JsonNode }[] {
  return membersOf(env).flatMap(({ name, value }) => {
    const key = value.parent?.children?.[0];
    return key && value.type === 'string' ? [{ name, key }] : [];
  });
}
