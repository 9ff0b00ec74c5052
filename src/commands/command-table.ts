import { DEFAULT_PORT } from '../settings/settings.ts';

/** One option of a command: the configuration for `parseArgs`, and its documentation. */
interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly default?: boolean;
  /** The placeholder for its value in the help. `DIR` and `FILE` complete to paths in a shell. */
  readonly value?: string;
  readonly description: string;
}

/** One command in the help and in shell completions. */
export interface Command {
  /** One line of the command list: at most 65 characters. */
  readonly summary: string;
  /** What follows the name of the command, one line per way to call it. */
  readonly usage: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly notes?: string;
  /** The words that may follow the command. `FILE` completes to paths. */
  readonly operands?: readonly string[];
}

const port = {
  type: 'string',
  value: 'PORT',
  description:
    'One port for everything (default: MONITORING_DASHBOARD_PORT, and MONITORING_WS_PORT for the feed)',
} as const;

/** Every command with its options. Parsing, help and shell completions derive from this table. */
export const COMMANDS = {
  serve: {
    summary: 'Run the built-in pipeline server with metrics and the live page',
    usage: ['[options]'],
    options: {
      workspace: {
        type: 'string',
        value: 'DIR',
        description: 'Folder that the pipeline tools work on (default: the current folder)',
      },
      'trust-workspace': {
        type: 'boolean',
        default: false,
        description:
          'Run the workspace’s own ESLint and its configuration, which execute code of the workspace (default: built-in rules)',
      },
      stdio: {
        type: 'boolean',
        default: false,
        description: 'Also speak MCP on stdin and stdout',
      },
      port,
    },
  },
  hub: {
    summary: 'Serve metrics and the live page of all proxies and programs',
    usage: ['[--port PORT]'],
    options: { port },
    notes: 'Proxies report to a hub with --hub URL, and programs with MONITORING_HUB_URL.',
  },
  proxy: {
    summary: 'Watch any MCP server: a command (stdio) or a URL (HTTP)',
    usage: ['[options] -- COMMAND [ARG...]', '[options] --upstream URL'],
    options: {
      name: {
        type: 'string',
        value: 'NAME',
        description: 'Name of the server in metrics (default: derived from its command or its host)',
      },
      hub: {
        type: 'string',
        value: 'URL',
        description:
          'Hub to report to (default: MONITORING_HUB_URL). Without a hub, the proxy serves metrics and live page itself',
      },
      port: {
        ...port,
        description: `${port.description}. In front of a command, the default is a free port unless these are set`,
      },
      'sd-dir': {
        type: 'string',
        value: 'DIR',
        description: 'Folder in which the proxy keeps a target file for Prometheus’ file_sd',
      },
      upstream: {
        type: 'string',
        value: 'URL',
        description: 'MCP endpoint of the HTTP server, such as http://127.0.0.1:8080/mcp',
      },
    },
    notes:
      'In front of a command, the proxy forwards stdin and stdout unchanged and exits as the command exits: with 127 if ' +
      'the command was not found, and with 126 if it cannot be executed. Its environment belongs to the command: the ' +
      'proxy reads each setting from MCP_EXPORTER_ + name, such as MCP_EXPORTER_MONITORING_API_KEY, and does not pass ' +
      'those on. In front of an HTTP server, clients connect to the proxy at /mcp, and settings have their plain names.',
  },
  setup: {
    summary: 'Wrap the servers of all MCP clients on this machine',
    usage: ['[--hub URL] [--service] [--yes]', '--undo [--yes]'],
    options: {
      hub: {
        type: 'string',
        value: 'URL',
        description: `Hub to report to, started if it does not run (default: MONITORING_HUB_URL, or http://127.0.0.1:${DEFAULT_PORT})`,
      },
      service: {
        type: 'boolean',
        default: false,
        description: 'Start the hub as a systemd user service (Linux) or a launchd agent (macOS)',
      },
      yes: { type: 'boolean', default: false, description: 'Do not ask before changing files, for scripts' },
      undo: { type: 'boolean', default: false, description: 'Revert everything that setup has changed' },
    },
    notes:
      'It shows a diff, asks, saves each file as FILE.bak, wraps the servers and starts a hub. It leaves servers behind ' +
      'a URL and project files unchanged: use wrap-config for them.',
  },
  'wrap-config': {
    summary: 'Put the servers of an MCP client’s configuration behind proxies',
    usage: ['[--hub URL] [--write] FILE', '--undo FILE'],
    operands: ['FILE'],
    options: {
      hub: {
        type: 'string',
        value: 'URL',
        description: `Hub that the proxies report to (default: MONITORING_HUB_URL, or http://127.0.0.1:${DEFAULT_PORT})`,
      },
      write: {
        type: 'boolean',
        default: false,
        description: 'Write FILE and save the original as FILE.bak (default: print the result)',
      },
      undo: {
        type: 'boolean',
        default: false,
        description: 'Restore FILE from FILE.bak. If it was edited since, only unwrap its servers',
      },
    },
  },
  doctor: {
    summary: 'Check the installation and its surroundings, and say what to do',
    usage: ['[--hub URL] [--port PORT] [--json]'],
    options: {
      hub: {
        type: 'string',
        value: 'URL',
        description: 'Hub to check (default: MONITORING_HUB_URL, or the hub that setup started)',
      },
      port,
      json: { type: 'boolean', default: false, description: 'Print the results as JSON' },
    },
    notes:
      'It checks versions, settings, ports, hub, key, Prometheus and the configurations of MCP clients. It changes ' +
      'nothing. It exits with 1 if there is a problem.',
  },
  completion: {
    summary: 'Print a script that completes commands in bash, zsh or fish',
    usage: ['bash|zsh|fish'],
    operands: ['bash', 'zsh', 'fish'],
    options: {},
    notes: 'To enable it in bash or zsh, run: source <(mcp-exporter completion SHELL)',
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;
