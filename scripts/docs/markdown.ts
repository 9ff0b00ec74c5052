export const code = (text: string) => `\`${text}\``;

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const jsonBlock = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

/** Fills the generated parts of a page, which are between comments with their names. */
export function fillParts(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [start, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- /${name} -->`];
    if (!text.includes(start) || !text.includes(end)) throw new Error(`expected ${start} and ${end}`);
    const [before = '', rest = ''] = text.split(start);
    return `${before}${start}\n\n${part}\n\n${end}${rest.split(end)[1]}`;
  }, document);
}
