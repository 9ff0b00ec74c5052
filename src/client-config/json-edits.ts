import type { Edit } from 'jsonc-parser';

import type { JsonNode } from './json-node.ts';

// Edits copy line ends, indentation and spacing from the text around them. A formatter would also change other lines
// and move comments.

export function replaceValue(node: JsonNode, value: string | readonly string[] | null): Edit {
  return { offset: node.offset, length: node.length, content: JSON.stringify(value) };
}

/** Inserts strings before the first item of a list. */
export function prependItems(text: string, list: JsonNode, items: readonly string[]): Edit {
  const [first] = list.children ?? [];
  const offset = first?.offset ?? list.offset + 1;
  const separator = `,${lineBreakBefore(text, list.offset + 1, offset) ?? spaceAfterColon(text, list)}`;
  const content = items.map((item) => JSON.stringify(item)).join(separator);
  return { offset, length: 0, content: first ? content + separator : content };
}

/** Inserts `"name": [items]` after the member with `value`. */
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

/** Removes the first `count` items of a list. */
export function removeItems(list: JsonNode, count: number): Edit {
  const items = list.children ?? [];
  const start = items[0]?.offset ?? list.offset + 1;
  const last = items[count - 1];
  const end = items[count]?.offset ?? (last ? last.offset + last.length : start);
  return { offset: start, length: end - start, content: '' };
}

/** Reverts {@link insertListAfter}; undefined if anything else is between the two members. */
export function removeListAfter(text: string, value: JsonNode, list: JsonNode): Edit | undefined {
  const start = value.offset + value.length;
  if (!/^,\s*"\w+"\s*:\s*$/.test(text.slice(start, list.offset))) return undefined;
  return { offset: start, length: list.offset + list.length - start, content: '' };
}

/** The line break and the indentation directly before `offset`, if they are after `from`. */
function lineBreakBefore(text: string, from: number, offset: number): string | undefined {
  return /\r?\n[ \t]*$/.exec(text.slice(from, offset))?.[0];
}

/** Files without a space after colons have none after commas either. */
function spaceAfterColon(text: string, value: JsonNode): string {
  const colon = value.parent?.colonOffset;
  return colon === undefined || /\s/.test(text.charAt(colon + 1)) ? ' ' : '';
}
