import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

interface Installation {
  /** Value of the environment variable PATH. */
  readonly path: string | undefined;
  readonly platform: NodeJS.Platform;
  /** The running Node, and this installation's program. */
  readonly execPath: string;
  readonly cliPath: string;
  readonly version: string;
  readonly isExecutable?: (file: string) => boolean;
}

/** Folders into which npx, `pnpm dlx`, `yarn dlx` and bunx install what they run. A later run may empty them. */
const RUNNER_CACHE = /[\\/](?:_npx|dlx|dlx-[^\\/]*|bunx-[^\\/]*)[\\/](?:.*[\\/])?node_modules[\\/]/;

/**
 * The command, and its first arguments, by which a client can start this program later: its name if it is installed
 * on the PATH, npx if it runs from the cache of npx, otherwise Node and the path of the program.
 *
 * Folders below node_modules are on the PATH of npx and of npm scripts only. Relative folders depend on the client's
 * working directory.
 */
export function findOwnProgram(installation: Installation): string[] {
  const { path = '', platform, execPath, cliPath, version, isExecutable = isExecutableFile } = installation;
  const paths = platform === 'win32' ? win32 : posix;
  const file = platform === 'win32' ? 'mcp-exporter.cmd' : 'mcp-exporter';
  const isInstalled = path
    .split(paths.delimiter)
    .filter((folder) => paths.isAbsolute(folder) && !folder.split(/[\\/]/).includes('node_modules'))
    .some((folder) => isExecutable(paths.join(folder, file)));
  if (isInstalled) return ['mcp-exporter'];
  return RUNNER_CACHE.test(cliPath) ? ['npx', '-y', `mcp-exporter@${version}`] : [execPath, cliPath];
}

export function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
