import { completedCommands, OVERALL_OPTIONS, type CompletedCommand } from './completed-commands.ts';

const NO_FILES = 'compopt +o default +o bashdefault 2>/dev/null';

/** The completion script for bash 3.2 or later. Older versions complete files where a folder is expected. */
export function bashScript(): string {
  const commands = completedCommands();
  const first = [...commands.map(({ name }) => name), ...OVERALL_OPTIONS.map(({ flag }) => flag)];
  return `# bash completion of mcp-exporter. To enable it, add to ~/.bashrc:
#   source <(mcp-exporter completion bash)
_mcp_exporter() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} index
  local IFS=$'\\n'
  # bash splits --option=value into three words.
  if [[ $current == = ]]; then current=
  elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  for ((index = 2; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == -- ]] || continue
    # A command line of its own follows. bash-completion can complete it; otherwise, its arguments are files.
    if declare -F _command_offset >/dev/null; then _command_offset $((index + 1))
    elif ((index + 1 == COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$current"))
    fi
    return
  done
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W $'${first.join(String.raw`\n`)}' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${commands.map(wordCase).join('\n')}
  esac
}
complete -o bashdefault -o default -F _mcp_exporter mcp-exporter
`;
}

/** Without a completion of its own, bash completes files. */
function valueCases({ name, options }: CompletedCommand): string[] {
  const flags = (value: string) => options.filter((option) => option.value === value);
  const cases = (value: string, action: string) =>
    flags(value).map(({ flag }) => `    '${name} ${flag}') ${action} ;;`);
  return [
    ...cases('folder', 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")); return'),
    ...cases('file', 'return'),
    ...cases('other', `${NO_FILES}; return`),
  ];
}

function wordCase({ name, options, words, expectsFile }: CompletedCommand): string {
  const candidates = [...options.map(({ flag }) => flag), ...words];
  const completion = `COMPREPLY=($(compgen -W $'${candidates.join(String.raw`\n`)}' -- "$current"))`;
  const before = expectsFile ? '[[ $current == -* ]] || return 0; ' : `${NO_FILES}; `;
  return `    ${name}) ${before}${completion} ;;`;
}
