// Keys with a common shape, after a name that contains the vendor's name: `datadog_id = "…"`.
import { VENDOR_KEYS } from './known-patterns.ts';
import { KeywordFinder } from './keyword-finder.ts';
import { REDACTED } from './marks.ts';

const VENDORS = VENDOR_KEYS.map(
  ([name, key]) => [new RegExp(name, 'i'), new RegExp(`^(?:${key})$`)] as const,
);
/** The first letters of the expressions. Every name that contains a vendor's name contains one of them. */
export const VENDOR_STEMS: readonly string[] = [
  ...new Set(
    VENDOR_KEYS.flatMap(([name]) =>
      name
        .toLowerCase()
        .replaceAll(/\(\?:|\[(\w)\1\]/g, '$1')
        .split('|'),
    )
      .map((name) => /^[a-z\d]*/.exec(name)?.[0] ?? '')
      .filter((stem) => stem.length > 2),
  ),
];
export const vendorNames = new KeywordFinder(VENDOR_STEMS);
const MIN_LENGTH = 14;
/** Minimum length of a key. */
const LONG_VALUE = /[\w+/=.-]{14}/;

export function hasVendorKey(text: string): boolean {
  return vendorNames.find(text) !== null && LONG_VALUE.test(text);
}

export function vendorJudge(name: string): ((value: string) => boolean) | null {
  const keys = VENDORS.filter(([vendor]) => vendor.test(name));
  if (keys.length === 0) return null;
  return (value) =>
    value.length >= MIN_LENGTH && value !== REDACTED && keys.some(([, key]) => key.test(value));
}
