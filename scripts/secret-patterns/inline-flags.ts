import rewritePattern from 'regexpu-core';

/** Converts RE2 syntax to JavaScript syntax: `(?i)` in the middle of a group, and `\z`. */
export function toJavaScript(re2: string): string {
  const scoped = scopeFlags(re2.replaceAll(String.raw`\z`, '$').replaceAll('(?P<', '(?<'));
  return scoped.includes('(?i:') ? rewritePattern(scoped, '', { modifiers: 'transform' }) : scoped;
}

/** Converts `a(?i)b` to `a(?i:b)`. The flag applies until the end of the group. */
function scopeFlags(pattern: string): string {
  const at = pattern.indexOf('(?i)');
  if (at === -1) return pattern;
  const rest = pattern.slice(at + 4);
  const end = groupEnd(rest);
  return scopeFlags(`${pattern.slice(0, at)}(?i:${rest.slice(0, end)})${rest.slice(end)}`);
}

/** The end of the group that contains `text`. */
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
