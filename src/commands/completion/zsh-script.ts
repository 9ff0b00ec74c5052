import {
  completedCommands,
  OVERALL_OPTIONS,
  type CompletedCommand,
  type CompletedOption,
} from './completed-commands.ts';

const VALUES: Readonly<Record<CompletedOption['value'], string>> = {
  none: '',
  folder: ':folder:_files -/',
  file: ':file:_files',
  other: ':value: ',
};

/** The completion script for zsh, to be sourced, or saved as `_mcp-exporter` in a folder of `fpath`. */
export function zshScript(): string {
  const commands = completedCommands();
  return `#compdef mcp-exporter
# zsh completion of mcp-exporter. To enable it, add to ~/.zshrc, after compinit:
#   source <(mcp-exporter completion zsh)
_mcp-exporter() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a known=(
${commands.map(({ name, summary }) => `    ${quote(`${name}:${escape(summary)}`)}`).join('\n')}
  )
  _arguments -C \\
${OVERALL_OPTIONS.map((option) => `    ${optionSpec(option)} \\`).join('\n')}
    '1: :->command' \\
    '*:: :->arguments'
  case $state in
    command) _describe command known ;;
    arguments)
      case $line[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
# Completes the command line after --.
_mcp-exporter-wrapped() {
  local -i end=\${words[(i)--]}
  ((end < CURRENT)) || return 1
  shift end words
  ((CURRENT -= end))
  _normal
  return 0
}
if [[ $funcstack[1] == _mcp-exporter ]]; then
  _mcp-exporter "$@"
else
  compdef _mcp-exporter mcp-exporter
fi
`;
}

function commandCase({ name, options, words, expectsFile, hasCommand }: CompletedCommand): string {
  const specs = [
    ...options.map(optionSpec),
    ...(words.length > 0 ? [`'1: :(${words.join(' ')})'`] : []),
    ...(expectsFile ? ["'1:file:_files'"] : []),
  ];
  const completion = `_arguments ${specs.join(' ')}`;
  return `        ${name}) ${hasCommand ? `_mcp-exporter-wrapped || ` : ''}${completion} ;;`;
}

function optionSpec({ flag, value, summary }: CompletedOption): string {
  // With a value, --option=VALUE is also accepted.
  const name = value === 'none' ? flag : `${flag}=`;
  return quote(`${name}[${escape(summary)}]${VALUES[value]}`);
}

/** Escapes the characters that end a part of a specification. */
function escape(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
