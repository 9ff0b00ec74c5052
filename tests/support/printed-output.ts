/** Matches an output in which ports differ, and in which any text is in place of `…`. */
export function outputPattern(output: string): RegExp {
  const escaped = output.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(
    escaped.replaceAll('…', '.*').replaceAll(/(?<=127\\\.0\\\.0\\\.1:)\d+/g, String.raw`\d+`),
  );
}
