const ALPHABET = 128;
const MIN_LENGTH = 12;
const SPACE = 32;
const ENDS = Uint8Array.from({ length: ALPHABET }, (_, code) =>
  /[\s"'`<>(){},;]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * Applies `mask` to each word that is long enough for a token. Most words are shorter and need no comparison with token
 * shapes.
 */
export function maskLongWords(text: string, mask: (word: string) => string): string {
  let masked = '';
  let copied = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : SPACE;
    if (code >= ALPHABET || ENDS[code] === 0) continue;
    if (i - start >= MIN_LENGTH) {
      const word = text.slice(start, i);
      const replaced = mask(word);
      if (replaced !== word) {
        masked += text.slice(copied, start) + replaced;
        copied = i;
      }
    }
    start = i + 1;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}
