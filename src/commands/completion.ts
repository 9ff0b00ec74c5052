import { parseOptions, expectNoPositionals } from './arguments.ts';
import { bashScript } from './completion/bash-script.ts';
import { fishScript } from './completion/fish-script.ts';
import { zshScript } from './completion/zsh-script.ts';
import { suggestion } from './unknown-word.ts';
import { UsageError } from './usage-error.ts';

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `mcp-exporter completion SHELL`: prints the script that completes the program's command line. */
export function completion(args: string[]): void {
  const { positionals } = parseOptions('completion', args);
  const [shell, ...rest] = positionals;
  if (shell === undefined) throw new UsageError('completion: expected bash, zsh or fish');
  expectNoPositionals('completion', rest);
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!script) {
    const end = suggestion(shell, Object.keys(SCRIPTS));
    throw new UsageError(`completion: unknown shell ${JSON.stringify(shell)}${end}`);
  }
  process.stdout.write(script());
}
