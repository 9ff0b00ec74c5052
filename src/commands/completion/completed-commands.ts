import { COMMANDS, type Command } from '../command-table.ts';

/** A command as shells complete it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** The words that the command expects: names of commands, or of shells. */
  readonly words: readonly string[];
  readonly expectsFile: boolean;
  /** Whether a command line of its own follows `--`. */
  readonly hasCommand: boolean;
}

export interface CompletedOption {
  /** With its dashes. */
  readonly flag: string;
  readonly summary: string;
  /** What follows the option: nothing, a folder, a file, or another value. */
  readonly value: 'none' | 'folder' | 'file' | 'other';
}

const PATHS: Readonly<Record<string, CompletedOption['value']>> = { DIR: 'folder', FILE: 'file' };
const HELP: CompletedOption = { flag: '--help', summary: 'Print help', value: 'none' };

export const OVERALL_OPTIONS: readonly CompletedOption[] = [
  HELP,
  { flag: '--version', summary: 'Print the version', value: 'none' },
];

/** Every command of the program, and `help`. */
export function completedCommands(): CompletedCommand[] {
  const commands = Object.entries<Command>(COMMANDS).map(([name, command]) => ({
    name,
    summary: command.summary,
    options: [...Object.entries(command.options).map(completedOption), HELP],
    words: command.operands?.filter((operand) => operand !== 'FILE') ?? [],
    expectsFile: command.operands?.includes('FILE') ?? false,
    hasCommand: command.usage.some((usage) => usage.includes('-- COMMAND')),
  }));
  const help = {
    name: 'help',
    summary: 'Print the help of a command, or of all settings',
    options: [],
    words: [...commands.map(({ name }) => name), 'settings'],
    expectsFile: false,
    hasCommand: false,
  };
  return [...commands, help];
}

function completedOption([name, { value, description }]: [
  string,
  Command['options'][string],
]): CompletedOption {
  // The first part of the description, because a list of completions has little space.
  const [summary = ''] = description.split(/ \(|[.,] /, 1);
  const kind = value === undefined ? 'none' : (PATHS[value] ?? 'other');
  return { flag: `--${name}`, summary, value: kind };
}
