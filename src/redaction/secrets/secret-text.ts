// Finds secrets in texts by heuristics: values after names that announce them, and tokens with known shapes. False
// positives are preferred to leaks. Every pattern runs in linear time, because texts may come from attackers.
import { maskLogins, maskOptions, maskSentences } from './command-secrets.ts';
import { KeywordFinder } from './keyword-finder.ts';
import { CUT, REDACTED } from './marks.ts';
import { maskMarkup } from './markup-secrets.ts';
import { maskNamed } from './named-secrets.ts';
import { NAME_STEMS } from './secret-name.ts';
import { isSecretMember, maskItems, programOf } from './secret-member.ts';
import { maskSchemes, maskTokens } from './token-shapes.ts';
import { maskUrls } from './url-secrets.ts';
import { VENDOR_STEMS } from './vendor-keys.ts';

/** An additional masking step, such as custom patterns. */
export type MaskText = (text: string) => string;

/** Masking is repeated, because a mark can make the text around it look like a secret. */
const MAX_ROUNDS = 4;
const MAX_JSON_LENGTH = 32_768;
const MAX_JSON_DEPTH = 32;
/** Minimum length of a secret with its name. */
const MIN_LENGTH = 4;
const announcements = new KeywordFinder([
  ...NAME_STEMS,
  ...VENDOR_STEMS,
  'basic',
  'negotiate',
  'ntlm',
  'ssws',
  'identified',
  'master',
]);

/** Masks the secrets in a text. Idempotent. */
export function maskText(text: string, more?: MaskText): string {
  if (text.length < MIN_LENGTH) return text;
  let masked = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = masked;
    masked = maskOnce(before);
    if (more) masked = more(masked);
    if (masked === before) break;
  }
  return masked;
}

/** Whether a text contains a stem of a secret's name. */
export function announcesSecret(text: string): boolean {
  return announcements.find(text) !== null;
}

/** Skips most steps for texts without a stem of a secret's name, which are most texts. */
function maskOnce(text: string): string {
  const masked = maskLogins(maskOptions(maskUrls(maskTokens(text))));
  return announcesSecret(masked) ? maskNamed(maskSentences(maskMarkup(maskSchemes(masked)))) : masked;
}

/** Masks a JSON text, whose names and values are known for certain. Returns null for other texts. */
export function maskJson(text: string, more?: MaskText): string | null {
  if (text.length > MAX_JSON_LENGTH || !/^\s*[{[]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    const masked = JSON.stringify(maskValue(value, 0, more), null, text.includes('\n') ? 2 : 0);
    const isSame = JSON.stringify(JSON.parse(masked)) === JSON.stringify(value);
    return isSame ? text : masked;
  } catch {
    return null;
  }
}

/** Masks a record's key. Keys rarely contain secrets. */
export function maskKey(key: string, more?: MaskText): string {
  return key.length < 12 && !more ? key : maskText(key, more);
}

function maskValue(value: unknown, depth: number, more?: MaskText, program?: string): unknown {
  if (typeof value === 'string') return maskJson(value, more) ?? maskText(value, more);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_JSON_DEPTH) return CUT;
  if (Array.isArray(value)) return maskItems(value, program).map((item) => maskValue(item, depth + 1, more));
  const members: Record<string, unknown> = { ...value };
  return Object.fromEntries(
    Object.entries(members).map(([key, member]) => [
      maskKey(key, more),
      isSecretMember(members, key, member)
        ? REDACTED
        : maskValue(member, depth + 1, more, Array.isArray(member) ? programOf(members) : undefined),
    ]),
  );
}
