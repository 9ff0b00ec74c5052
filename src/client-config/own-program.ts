import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

interface Installation {
  /** Value of the environment variable PATH. */
  readonly path: string | undefined;
  readonly platform: NodeJS.Platform;
  /** The running Node, and this installation's program. */
  readonly execPath: string;
  readonly cliPath: string;
  readonly version: string;
  readonly files?: InstalledFiles;
}

interface InstalledFiles {
  readonly isExecutable: (file: string) => boolean;
  /** The file behind all links; the file itself if it does not exist. */
  readonly realPath: (file: string) => string;
}

/** Folders into which npx, `pnpm dlx`, `yarn dlx` and bunx install what they run. A later run may empty them. */
const RUNNER_CACHE = /[\\/](?:_npx|dlx|dlx-[^\\/]*|bunx-[^\\/]*)[\\/](?:.*[\\/])?node_modules[\\/]/;
const OWN_FILE = /[\\/]mcp-exporter[\\/]dist[\\/]cli\.js$/;

/**
 * The command, and its first arguments, by which users start this program in a shell: its name if it is installed on the
 * PATH, npx if it runs from the cache of npx, otherwise Node and the path of the program.
 */
export function findShellProgram(installation: Installation): string[] {
  const { execPath, cliPath, version } = installation;
  if (findOnPath(installation, 'mcp-exporter') !== undefined) return ['mcp-exporter'];
  return RUNNER_CACHE.test(cliPath) ? ['npx', '-y', `mcp-exporter@${version}`] : [execPath, cliPath];
}

/**
 * The command, and its first arguments, by which any process can start this program later, whatever its PATH: Node and
 * the program by absolute paths, or npx by its path if the program runs from the cache of npx.
 *
 * Links on the PATH are preferred over the files behind them, whose paths may have a version.
 */
export function findProgramByPath(installation: Installation): string[] {
  const { platform, execPath, cliPath, version, files = FILES } = installation;
  const linkTo = (name: string, isWanted: (file: string) => boolean) => {
    // On Windows, npm installs a script in place of a link.
    const link = platform === 'win32' ? undefined : findOnPath(installation, name);
    return link !== undefined && isWanted(files.realPath(link)) ? link : undefined;
  };
  const isCached = RUNNER_CACHE.test(cliPath);
  const node = linkTo('node', (file) => file === files.realPath(execPath)) ?? execPath;
  const program = linkTo('mcp-exporter', (file) =>
    isCached ? OWN_FILE.test(file) && !RUNNER_CACHE.test(file) : file === files.realPath(cliPath),
  );
  if (program !== undefined) return [node, program];
  return isCached ? [...findNpx(installation, node), '-y', `mcp-exporter@${version}`] : [node, cliPath];
}

function findNpx(installation: Installation, node: string): string[] {
  const { platform, files = FILES } = installation;
  if (platform === 'win32') {
    // Programs cannot start npx.cmd without a shell.
    const script = win32.join(win32.dirname(node), 'node_modules', 'npm', 'bin', 'npx-cli.js');
    return files.isExecutable(script) ? [node, script] : ['npx'];
  }
  const beside = posix.join(posix.dirname(node), 'npx');
  return [files.isExecutable(beside) ? beside : (findOnPath(installation, 'npx') ?? 'npx')];
}

/**
 * The first program of this name on the PATH.
 *
 * Folders below node_modules are on the PATH of npx and of npm scripts only. Relative folders depend on the client's
 * working directory.
 */
function findOnPath({ path = '', platform, files = FILES }: Installation, name: string): string | undefined {
  const paths = platform === 'win32' ? win32 : posix;
  return path
    .split(paths.delimiter)
    .filter((folder) => paths.isAbsolute(folder) && !folder.split(/[\\/]/).includes('node_modules'))
    .map((folder) => paths.join(folder, platform === 'win32' ? `${name}.cmd` : name))
    .find(files.isExecutable);
}

export function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

const FILES: InstalledFiles = {
  isExecutable: isExecutableFile,
  realPath(file) {
    try {
      return realpathSync(file);
    } catch {
      return file;
    }
  },
};
