import type { Issue } from '../../contract/issue.ts';
import type { FileEnvironment } from './file-environment.ts';
import { isBrowserVariable, type KnownVariables } from './known-variables.ts';
import type { Manifest } from './package-manifests.ts';

export interface LintedFile extends FileEnvironment {
  readonly path: string;
  readonly text: string;
  readonly manifest: Manifest;
}

/**
 * Leaves out undefined variables that exist after all.
 *
 * @param lintInBrowser - the issues of the same file if it had the variables of browsers
 */
export async function withoutKnownVariables(
  issues: readonly Issue[],
  file: LintedFile,
  variables: KnownVariables,
  lintInBrowser: () => Promise<Issue[]>,
): Promise<Issue[]> {
  const names = undefinedNames(issues);
  if (names.size === 0) return [...issues];
  const inBrowsers = file.browser === 'no' ? names : undefinedNames(await lintInBrowser());
  const reported = new Set<string>();
  for (const name of names) {
    if (!inBrowsers.has(name) && isBrowserVariable(name, file)) continue;
    if (!(await variables.has(name, file.text, file))) reported.add(name);
  }
  return issues.filter((issue) => {
    const name = undefinedName(issue);
    return name === null || (reported.has(name) && !isClosingTag(issue, file.text));
  });
}

function undefinedNames(issues: readonly Issue[]): Set<string> {
  return new Set(issues.flatMap((issue) => undefinedName(issue) ?? []));
}

/** The variable that an issue reports; null if it reports something else. */
function undefinedName({ rule, message }: Issue): string | null {
  return rule === 'no-undef' ? (/^'(.+)' is not defined/.exec(message)?.[1] ?? null) : null;
}

/** `</Name>`: the opening tag is reported. */
function isClosingTag({ line, column }: Issue, text: string): boolean {
  const lines = text.split(/\r\n|\n|\r/);
  return (lines[line - 1] ?? '').slice(0, column - 1).endsWith('</');
}
