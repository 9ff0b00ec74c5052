// Keys whose shape is too common to tell, behind a name that contains their vendor's: `datadog_id = "…"`.
import { VENDOR_KEYS } from './known-patterns.ts';
import { KeywordFinder } from './keyword-finder.ts';
import { REDACTED } from './marks.ts';

const VENDORS = VENDOR_KEYS.map(
  ([name, key]) => [new RegExp(name, 'i'), new RegExp(`^(?:${key})$`)] as const,
);
/** Every name that contains a vendor's contains one of these: the letters that the expressions begin with. */
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
/** No key is shorter. */
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
