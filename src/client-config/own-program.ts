import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

interface Installation {
  /** The value of the environment variable. */
  readonly path: string | undefined;
  readonly platform: NodeJS.Platform;
  /** The Node that runs, and this installation's program: what to start where the PATH has none. */
  readonly execPath: string;
  readonly cliPath: string;
  readonly isExecutable?: (file: string) => boolean;
}

/**
 * What a client can start this program by: its name where the PATH has it to stay, or else Node and a file. Folders
 * below node_modules are on the PATH of npx and of npm's scripts alone, and relative ones lead elsewhere from the
 * client's folder.
 */
export function findOwnProgram(installation: Installation): string[] {
  const { path = '', platform, execPath, cliPath, isExecutable = isExecutableFile } = installation;
  const paths = platform === 'win32' ? win32 : posix;
  const file = platform === 'win32' ? 'mcp-exporter.cmd' : 'mcp-exporter';
  const isInstalled = path
    .split(paths.delimiter)
    .filter((folder) => paths.isAbsolute(folder) && !folder.split(/[\\/]/).includes('node_modules'))
    .some((folder) => isExecutable(paths.join(folder, file)));
  return isInstalled ? ['mcp-exporter'] : [execPath, cliPath];
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
