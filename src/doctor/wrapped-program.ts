import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { posix, win32 } from 'node:path';

import { isExecutableFile } from '../client-config/own-program.ts';
import type { Machine } from '../setup/client-files.ts';

/** How a client starts the proxy: the program is missing, or it has a version, if that is known. */
export type WrappedProgram = { readonly missing: string } | { readonly version: string | undefined };

/** The argument of npx for one version. A tag such as `latest` has no version. */
const NPX_VERSION = /^mcp-exporter@(\d\S*)$/;
const OWN_FILE = /(?:^|[\\/])(?:mcp-exporter|cli\.js)$/;

/** @param words - the words of a command line before `proxy` */
export function inspectProgram(words: readonly string[], machine: Machine): WrappedProgram {
  const paths = machine.platform === 'win32' ? win32 : posix;
  const [command = '', ...args] = words;
  const file = paths.isAbsolute(command) ? command : findOnPath(command, machine);
  if (file === undefined || !existsSync(file)) return { missing: command };
  const missing = args.find((word) => paths.isAbsolute(word) && !existsSync(word));
  if (missing !== undefined) return { missing };
  const [npx] = args.flatMap((word) => NPX_VERSION.exec(word)?.[1] ?? []);
  const own = [file, ...args].find((word) => OWN_FILE.test(word));
  return { version: npx ?? (own && versionOf(own)) };
}

function findOnPath(command: string, { platform, env }: Machine): string | undefined {
  const paths = platform === 'win32' ? win32 : posix;
  const suffixes = platform === 'win32' ? ['', '.cmd', '.exe'] : [''];
  const folders = (env['PATH'] ?? env['Path'] ?? '')
    .split(paths.delimiter)
    .filter((folder) => paths.isAbsolute(folder));
  return folders
    .flatMap((folder) => suffixes.map((suffix) => paths.join(folder, command + suffix)))
    .find(isExecutableFile);
}

/** The version of the package whose program is at a path. Undefined if the file is not the program itself. */
function versionOf(program: string): string | undefined {
  try {
    const manifest = new URL('../package.json', `file://${realpathSync(program)}`);
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    return name === 'mcp-exporter' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
