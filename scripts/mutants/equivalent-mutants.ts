import { readFileSync, readdirSync } from 'node:fs';

const DISABLED = /^\s*\/\/ Stryker disable next-line (?<mutators>[\w, ]+): (?<reason>.+)\n\s*(?<code>.+)$/gm;

const source = new URL('../../src/', import.meta.url);

/** The text of docs/mutants.md. Lists the mutants that no test can find, from the comments in the code. */
export function equivalentMutants(): string {
  const sections = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => section(path, readFileSync(new URL(path, source), 'utf8')));
  return `# Equivalent mutants

\`npm run mutants\` changes the code in small ways and expects a test to fail. The changes below make no difference to
behavior, so no test can find them. A comment in the code marks each one, and \`npm run docs\` lists the comments here.
${sections.join('')}`;
}

function section(path: string, code: string): string {
  const mutants = [...code.matchAll(DISABLED)].map(({ groups }) => groups ?? {});
  if (mutants.length === 0) return '';
  const lines = mutants.map(({ mutators, reason, code: line }) => `- \`${line}\` (${mutators}): ${reason}\n`);
  return `\n## src/${path}\n\n${lines.join('')}`;
}
