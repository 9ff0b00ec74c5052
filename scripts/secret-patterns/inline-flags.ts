import rewritePattern from 'regexpu-core';

/** RE2's syntax as JavaScript's: `(?i)` in the middle of a group, and `\z`, are written in another way. */
export function toJavaScript(re2: string): string {
  const scoped = scopeFlags(re2.replaceAll(String.raw`\z`, '$').replaceAll('(?P<', '(?<'));
  return scoped.includes('(?i:') ? rewritePattern(scoped, '', { modifiers: 'transform' }) : scoped;
}

/** `a(?i)b` as `a(?i:b)`: the flag holds to the end of the group. */
function scopeFlags(pattern: string): string {
  const at = pattern.indexOf('(?i)');
  if (at === -1) return pattern;
  const rest = pattern.slice(at + 4);
  const end = groupEnd(rest);
  return scopeFlags(`${pattern.slice(0, at)}(?i:${rest.slice(0, end)})${rest.slice(end)}`);
}

/** Where the group that `text` is inside of ends. */
export function groupEnd(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '[') i = text.indexOf(']', i + 1);
    else if (text[i] === '(') depth += 1;
    else if (text[i] === ')' && depth-- === 0) return i;
  }
  return text.length;
}
