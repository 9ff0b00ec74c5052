import { parseArgs, type ParseArgsConfig } from 'node:util';

import { ExporterError, errorMessage } from '../errors.ts';
import { readConfig, type Config, type Flags, type SettingProblem } from '../settings/config.ts';
import { COMMANDS, type CommandName } from './command-table.ts';
import { suggestion } from './unknown-word.ts';
import { UsageError } from './usage-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>
>;

/**
 * Parses `args` with the options of one command.
 *
 * @throws UsageError for an unknown option, or an option without its value
 */
export function parseOptions<N extends CommandName>(
  command: N,
  args: string[],
): Parsed<(typeof COMMANDS)[N]['options']> {
  const { options } = COMMANDS[command] as { options: (typeof COMMANDS)[N]['options'] };
  return parseArguments(command, options, args);
}

/**
 * @param program - the first word of the error message
 * @throws UsageError for an unknown option, or an option without its value
 */
export function parseArguments<O extends Options>(program: string, options: O, args: string[]): Parsed<O> {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // The rest of Node's message explains `--`, which has another meaning here.
    const [problem = ''] = errorMessage(error).split('. ', 1);
    const isUnknown = (error as NodeJS.ErrnoException).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    throw new UsageError(`${program}: ${isUnknown ? unknownOption(problem, Object.keys(options)) : problem}`);
  }
}

/** @param problem - Node's message, with the option in quotes */
function unknownOption(problem: string, options: readonly string[]): string {
  const received = /'(.+)'/.exec(problem)?.[1] ?? '';
  return `unknown option ${received}${suggestion(
    received,
    options.map((name) => `--${name}`),
  )}`;
}

/** @throws UsageError if there is a positional argument */
export function expectNoPositionals(command: string, positionals: readonly string[]): void {
  if (positionals.length === 0) return;
  throw new UsageError(`${command}: unexpected argument ${JSON.stringify(positionals.join(' '))}`);
}

/** @throws UsageError unless `text` is an http or https URL without user and password */
export function parseHttpUrl(option: string, text: string): URL {
  return parseUrl(option, text, ['http:', 'https:']);
}

/**
 * @param schemes - the allowed schemes, each with its colon
 * @throws UsageError unless `text` is such a URL without user and password
 */
export function parseUrl(option: string, text: string, schemes: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && schemes.includes(url.protocol) && url.username + url.password === '') return url;
  const expected = schemes.map((scheme) => scheme.slice(0, -1)).join(' or ');
  const shown = text.includes('@') ? 'a value with @ (not shown)' : JSON.stringify(text);
  throw new UsageError(`${option}: expected an ${expected} URL without user and password, got ${shown}`);
}

/**
 * Reads the settings from the flags of a command and from the environment.
 *
 * @throws UsageError for a flag, ExporterError `invalid_setting` for a variable
 */
export function readSettings(flags: Flags): Config {
  const { config, problems } = readConfig(process.env, {}, flags);
  const [first] = problems;
  if (first) throw settingError(first);
  return config;
}

export function settingError({ name, message }: SettingProblem): Error {
  return name.startsWith('--') ? new UsageError(message) : new ExporterError('invalid_setting', message);
}
