import {
  completedCommands,
  OVERALL_OPTIONS,
  type CompletedCommand,
  type CompletedOption,
} from './completed-commands.ts';

const VALUES: Readonly<Record<CompletedOption['value'], string>> = {
  none: '',
  folder: " --exclusive --arguments '(__fish_complete_directories)'",
  file: ' --require-parameter --force-files',
  other: ' --exclusive',
};

/** The completion script for fish 3 or later. */
export function fishScript(): string {
  const commands = completedCommands();
  const lines = [
    ...OVERALL_OPTIONS.map((option) => completion('__mcp_exporter_starts', optionArguments(option))),
    ...commands.map(({ name, summary }) =>
      completion('__mcp_exporter_starts', ` --arguments ${name} --description ${quote(summary)}`),
    ),
    ...commands.flatMap(commandLines),
  ];
  return `# fish completion of mcp-exporter. To enable it:
#   mcp-exporter completion fish > ~/.config/fish/completions/mcp-exporter.fish
function __mcp_exporter_starts
    test (count (commandline -opc)) -eq 1
end
function __mcp_exporter_runs --argument-names name
    set --local words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $name; and not contains -- -- $words
end
function __mcp_exporter_wraps --argument-names name
    set --local words (commandline -opc)
    test (count $words) -gt 2; and test $words[2] = $name; and contains -- -- $words
end
# Completes the command line after --.
function __mcp_exporter_wrapped
    set --local words (commandline -opc)
    set --local start (math (contains --index -- -- $words) + 1)
    complete --do-complete (string join ' ' -- (string escape -- $words[$start..]) (commandline -ct))
end
complete --command mcp-exporter --no-files
${lines.join('\n')}
`;
}

function commandLines({ name, options, words, expectsFile, hasCommand }: CompletedCommand): string[] {
  const condition = `'__mcp_exporter_runs ${name}'`;
  return [
    ...options.map((option) => completion(condition, optionArguments(option))),
    ...words.map((word) => completion(condition, ` --arguments ${word}`)),
    ...(expectsFile ? [completion(condition, ' --force-files')] : []),
    ...(hasCommand
      ? [completion(`'__mcp_exporter_wraps ${name}'`, " --arguments '(__mcp_exporter_wrapped)'")]
      : []),
  ];
}

function completion(condition: string, what: string): string {
  return `complete --command mcp-exporter --condition ${condition}${what}`;
}

function optionArguments({ flag, value, summary }: CompletedOption): string {
  return ` --long-option ${flag.slice(2)}${VALUES[value]} --description ${quote(summary)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
