export const BYTE_ORDER_MARK = '\uFEFF';

/** Some programs write a byte order mark before their text. It is not part of the text. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
