import type { Extent } from './value-extent.ts';

const INDICATOR = /(?:[|>][+-]?\d?)?[ \t]*(?:#[^\r\n]{0,200})?\r?\n/y;
const LINE = /([ \t]*)([^\r\n]*)(?:\r?\n|$)/y;
const LINE_INDENT = /^[ \t]*(?:- [ \t]*(?=["']?$))?/;
const BLANK = /^[ \t]*/;
/** Longer blocks extend to the end of the text, because nested blocks would be read repeatedly. */
const MAX_LENGTH = 4096;

/** The indented lines below a name in YAML: block scalars such as `password: |`, lists and mappings. Or null. */
export function blockExtent(text: string, nameStart: number, at: number): Extent | null {
  INDICATOR.lastIndex = at;
  const indicator = INDICATOR.exec(text);
  if (!indicator) return null;
  const start = at + indicator[0].length;
  const indent = indentOf(text, nameStart);
  const end = blockEnd(text, start, indent, text.startsWith('- ', start + indent));
  const first = start + (BLANK.exec(text.slice(start, start + 200))?.[0].length ?? 0);
  return end > first ? { start: first, end, isQuoted: true } : null;
}

/** The end of the last line with a larger indent than `indent`, or `start`. */
function blockEnd(text: string, start: number, indent: number, isList: boolean): number {
  let end = start;
  for (let next = start; next < text.length;) {
    if (next - start > MAX_LENGTH) return text.length;
    LINE.lastIndex = next;
    const [whole = '', blank = '', content = ''] = LINE.exec(text) ?? [];
    if (content !== '') {
      // A list may have the same indent as its name.
      const isItem = isList && blank.length === indent && content.startsWith('- ');
      if (blank.length <= indent && !isItem) return end;
      end = next + blank.length + content.length;
    }
    next += whole.length;
  }
  return end;
}

/** The indent of a name's line. In list items, the dash counts as indent. */
function indentOf(text: string, nameStart: number): number {
  const lineStart = Math.max(text.lastIndexOf('\n', nameStart - 1) + 1, nameStart - 200);
  return LINE_INDENT.exec(text.slice(lineStart, nameStart))?.[0].length ?? 0;
}
