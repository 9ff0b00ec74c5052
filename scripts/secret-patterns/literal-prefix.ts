/**
 * The texts that every match of `pattern` begins with, as far as those are a few: `(?:sk|rk)_live_\w+` begins with
 * `sk_live_` or `rk_live_`.
 */
export function literalPrefixes(pattern: string): string[] {
  let prefixes = [''];
  let rest = pattern.replaceAll('(?i)', '');
  for (;;) {
    const [whole, group, letter] = NEXT.exec(rest) ?? [];
    if (whole === undefined) return prefixes;
    const texts = (group?.split('|') ?? [letter ?? '']).map((text) => text.replaceAll('\\', ''));
    prefixes = prefixes.flatMap((prefix) => texts.map((text) => prefix + text));
    rest = rest.slice(whole.length);
  }
}

/** A group of literal texts, or a literal character; not repeated. */
const NEXT = /^(?:\((?:\?:|\?<\w+>)?([\w|~-]+)\)|([\w~=-]|\\[._~-]))(?![*+?{|])/;
