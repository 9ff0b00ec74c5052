/**
 * The literal prefixes of the matches of `pattern`, if there are few. Matches of `(?:sk|rk)_live_\w+` start with
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

/** A group of literal texts, or a literal character, without a quantifier. */
const NEXT = /^(?:\((?:\?:|\?<\w+>)?([\w|~-]+)\)|([\w~=-]|\\[._~-]))(?![*+?{|])/;
