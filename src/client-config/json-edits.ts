import type { Edit } from 'jsonc-parser';

import type { JsonNode } from './json-node.ts';

// Edits take line ends, indentation and spacing from what stands next to them: a formatter would move comments
// and break up lines that nobody asked to change.

export function replaceValue(node: JsonNode, value: string): Edit {
  return { offset: node.offset, length: node.length, content: JSON.stringify(value) };
}

/** Puts strings in front of what a list holds. */
export function prependItems(text: string, list: JsonNode, items: readonly string[]): Edit {
  const [first] = list.children ?? [];
  const offset = first?.offset ?? list.offset + 1;
  const separator = `,${lineBreakBefore(text, list.offset + 1, offset) ?? spaceAfterColon(text, list)}`;
  const content = items.map((item) => JSON.stringify(item)).join(separator);
  return { offset, length: 0, content: first ? content + separator : content };
}

/** Puts `"name": [items]` behind the member that has `value`. */
export function insertListAfter(text: string, value: JsonNode, name: string, items: readonly string[]): Edit {
  const space = spaceAfterColon(text, value);
  const start = value.parent?.offset ?? value.offset;
  const gap = lineBreakBefore(text, 0, start) ?? space;
  const list = items.map((item) => JSON.stringify(item)).join(`,${space}`);
  return {
    offset: value.offset + value.length,
    length: 0,
    content: `,${gap}${JSON.stringify(name)}:${space}[${list}]`,
  };
}

/** The line break and the indentation that end right before `offset`, and begin after `from`. */
function lineBreakBefore(text: string, from: number, offset: number): string | undefined {
  return /\r?\n[ \t]*$/.exec(text.slice(from, offset))?.[0];
}

/** Files without a space after their colons have none after their commas. */
function spaceAfterColon(text: string, value: JsonNode): string {
  const colon = value.parent?.colonOffset;
  return colon === undefined || /\s/.test(text.charAt(colon + 1)) ? ' ' : '';
}
