const BYTE_ORDER_MARK = '\uFEFF';

/** Some runtimes write a byte order mark before their first message. It is not part of the JSON. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
