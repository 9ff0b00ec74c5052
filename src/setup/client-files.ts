import { posix, win32 } from 'node:path';

/** The user's machine, as far as the places of files depend on it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A place where an MCP client keeps its servers. The file need not exist. */
export interface ClientFile {
  readonly client: string;
  readonly file: string;
}

const VS_CODE_EDITIONS = [
  ['VS Code', 'Code'],
  ['VS Code Insiders', 'Code - Insiders'],
  ['VSCodium', 'VSCodium'],
] as const;

const CLINE_FILE = 'cline_mcp_settings.json';
/** Claude Desktop from the Microsoft Store has a folder of its own for roaming data. */
const CLAUDE_STORE_PACKAGE = ['Packages', 'Claude_pzs8sxrjxfjjc', 'LocalCache', 'Roaming'];

/** Every file in which a known client keeps the servers of a user. Files of projects are left out: teams share them. */
export function listClientFiles({ platform, home, env }: Machine): ClientFile[] {
  const join = joinOn(platform);
  const folder = (name: string, ...fallback: string[]) => env[name] || join(home, ...fallback);
  // XDG folders apply to Linux, and to opencode everywhere.
  const xdgConfig = folder('XDG_CONFIG_HOME', '.config');
  const appData =
    {
      win32: folder('APPDATA', 'AppData', 'Roaming'),
      darwin: join(home, 'Library', 'Application Support'),
    }[platform as string] ?? xdgConfig;
  const zed = { win32: join(appData, 'Zed'), darwin: join(home, '.config', 'zed') }[platform as string];
  const claudeDesktop = [appData];
  if (platform === 'win32') {
    claudeDesktop.push(join(folder('LOCALAPPDATA', 'AppData', 'Local'), ...CLAUDE_STORE_PACKAGE));
  }
  return [
    ...claudeDesktop.map((data) => ({
      client: 'Claude Desktop',
      file: join(data, 'Claude', 'claude_desktop_config.json'),
    })),
    { client: 'Claude Code', file: join(env['CLAUDE_CONFIG_DIR'] || home, '.claude.json') },
    { client: 'Cursor', file: join(home, '.cursor', 'mcp.json') },
    { client: 'Windsurf', file: join(home, '.codeium', 'windsurf', 'mcp_config.json') },
    ...VS_CODE_EDITIONS.flatMap(([client, name]) => {
      const user = join(appData, name, 'User');
      const cline = join(user, 'globalStorage', 'saoudrizwan.claude-dev', 'settings', CLINE_FILE);
      return [
        { client, file: join(user, 'mcp.json') },
        { client, file: join(user, 'settings.json') },
        { client: `Cline in ${client}`, file: cline },
      ];
    }),
    { client: 'Cline', file: join(folder('CLINE_DIR', '.cline'), 'data', 'settings', CLINE_FILE) },
    { client: 'Zed', file: join(zed ?? join(xdgConfig, 'zed'), 'settings.json') },
    { client: 'Gemini CLI', file: join(home, '.gemini', 'settings.json') },
    ...['opencode.json', 'opencode.jsonc'].map((name) => ({
      client: 'opencode',
      file: join(xdgConfig, 'opencode', name),
    })),
  ];
}

/** The file that records what `setup` has changed. */
export function stateFile(machine: Machine): string {
  return inStateFolder(machine, 'setup.json');
}

/** The log of the hub that `setup` starts. */
export function logFile(machine: Machine): string {
  return inStateFolder(machine, 'hub.log');
}

function inStateFolder({ platform, home, env }: Machine, name: string): string {
  const join = joinOn(platform);
  const parent = {
    win32: env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'),
    darwin: join(home, 'Library', 'Application Support'),
  }[platform as string];
  return join(parent ?? (env['XDG_STATE_HOME'] || join(home, '.local', 'state')), 'mcp-exporter', name);
}

function joinOn(platform: NodeJS.Platform): (...parts: string[]) => string {
  const paths = platform === 'win32' ? win32 : posix;
  return (...parts) => paths.join(...parts);
}
