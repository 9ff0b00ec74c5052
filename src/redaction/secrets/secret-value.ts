import { REDACTED } from './marks.ts';
import type { NameKind } from './secret-name.ts';

/** Common values of names such as `auth` that are not secrets. */
const ORDINARY =
  /^(?:|true|false|yes|no|on|off|ok|null|nil|none|undefined|enabled|disabled|required|optional|failed|anonymous|public|private|basic|bearer|digest|ntlm|negotiate|kerberos|oauth2?|oidc|saml|jwt|api[_-]?key|token|cookie|password|email|sms|totp|\d{1,3})$/i;
const PATH = /^(?:[~.]{0,2}\/|~$|[a-z]:[\\/])/i;
/** Separates the lines of a value, or the items of a YAML list. */
const LINE_BREAK = /(?:^|\r?\n)[ \t]*(?:- )?/g;
/** A type, or a message about a secret. */
const PLACEHOLDER =
  /^(?:string|number|boolean|bool|str|int|any|unknown|object|array|null|undefined|none|nil|required|missing|invalid|expired|empty|incorrect|wrong)[.,;:!)\]]*$/i;

/** Whether the value of a name of this kind is a secret. */
export function isSecretValue(kind: NameKind, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (kind === 'any') return true;
  if (Array.isArray(value)) return value.some((item) => typeof item === 'string' && isSecretText(kind, item));
  if (typeof value === 'string') return isSecretText(kind, value);
  // Only `pwd` has numeric secrets here: `pass: 12` may be a number of passed tests.
  return (typeof value === 'number' || typeof value === 'bigint') && kind === 'not-a-path';
}

/** Like {@link isSecretValue}, for a value in a text. */
export function isSecretText(kind: NameKind, text: string): boolean {
  if (text === REDACTED) return true;
  switch (kind) {
    case 'any':
      return true;
    case 'opaque':
      return !ORDINARY.test(text);
    case 'not-a-path':
      return !ORDINARY.test(text) && !PATH.test(text);
    case 'compact':
      return !ORDINARY.test(text) && !/[ \t(]/.test(text.replaceAll(LINE_BREAK, '').trim());
    case 'text':
      return !/^[\d.,]*$/.test(text);
    case 'random':
      return looksRandom(text);
  }
}

/** Whether an unquoted value is a placeholder: `password: string`. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Whether a text mixes letters and digits and is too long for a word. */
function looksRandom(text: string): boolean {
  return (
    text.length >= 16 &&
    /^[\w+/=.~-]+$/.test(text) &&
    /\d/.test(text) &&
    /[A-Za-z]/.test(text) &&
    !PATH.test(text)
  );
}
