import { describeSettings } from '../settings/settings.ts';
import { COMMANDS, type Command, type CommandName } from './command-table.ts';

export type HelpTopic = CommandName | 'settings' | 'overview';

const WIDTH = 80;
const commands = Object.entries<Command>(COMMANDS);
const SETTINGS_POINTER = 'Settings (environment variables): mcp-exporter help settings';

/** The text of each `--help`, at most 80 columns wide. The build writes these texts into the program. */
export function helpTexts(): Record<HelpTopic, string> {
  return {
    ...(Object.fromEntries(commands.map(([name, command]) => [name, commandHelp(name, command)])) as Record<
      CommandName,
      string
    >),
    overview: overview(),
    settings: settingsHelp(),
  };
}

/** The help of one command or topic. */
export const usage = (topic: HelpTopic): string => helpTexts()[topic];

function overview(): string {
  const rows = commands.map(([name, { summary }]) => [name, summary] as const);
  return `Usage: mcp-exporter <command> [options]

Prometheus exporter and live page for MCP (Model Context Protocol) servers.

Commands:
${columns([...rows, ['help TOPIC', 'Print the help of a command, or of "settings"']])}
Options:
${columns([
  ['-h, --help', 'Print help; after a command, the help of that command'],
  ['-v, --version', 'Print the version'],
])}
${SETTINGS_POINTER}
Exit codes: 0 stopped, 1 failed, 2 invalid usage or configuration
`;
}

function commandHelp(name: string, { summary, usage, options, notes }: Command): string {
  const lines = usage.map(
    (each, index) => `${index === 0 ? 'Usage:' : '      '} mcp-exporter ${name} ${each}`,
  );
  return `${lines.join('\n')}

${wrap(`${summary}.`)}
Options:
${optionRows(options)}
${notes === undefined ? '' : `${wrap(notes)}\n`}${SETTINGS_POINTER}
`;
}

/** One row for each option, and one for `--help`. */
export function optionRows(options: Command['options']): string {
  const rows = Object.entries(options).map(
    ([option, { value, description }]) =>
      [value === undefined ? `--${option}` : `--${option} ${value}`, description] as const,
  );
  return columns([...rows, ['-h, --help', 'Print this help']]);
}

function settingsHelp(): string {
  const rows = describeSettings().map(({ name, flag, fallback, description, allowed }) => {
    const shown = fallback === '' ? '' : ` [${fallback}]`;
    return `  ${name}${flag && `, ${flag}`}${shown}\n${wrap(description, 6)}${wrap(`Allowed: ${allowed}`, 6)}`;
  });
  return `Settings are environment variables, with defaults in brackets. An empty variable
counts as unset. A flag takes precedence over its variable. In front of a
command, the proxy reads MCP_EXPORTER_ + name instead, such as
MCP_EXPORTER_MONITORING_API_KEY. docs/settings.md has the same list.

${rows.join('')}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.map(([name, text]) => `  ${name.padEnd(width - 2)}${wrap(text, width).trimStart()}`).join('');
}

/** Lines of at most {@link WIDTH} columns, each with `indent` and a line break. */
function wrap(text: string, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${' '.repeat(indent)}${each}\n`).join('');
}
