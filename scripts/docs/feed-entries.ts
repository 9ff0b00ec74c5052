import { jsonBlock } from './markdown.ts';

/** A section for each message, with its example. */
export function feedEntries(
  examples: Readonly<Record<string, { readonly summary: string; readonly example: object }>>,
): string {
  const entries = Object.entries(examples).map(
    ([name, { summary, example }]) => `### ${name}\n\n${summary}.\n\n${jsonBlock(example)}`,
  );
  return entries.join('\n\n');
}
