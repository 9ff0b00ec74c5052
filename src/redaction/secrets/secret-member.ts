// Secrets in records and lists, found by names.
import { maskArguments } from './command-secrets.ts';
import { REDACTED } from './marks.ts';
import { nameKind } from './secret-name.ts';
import { isSecretValue } from './secret-value.ts';

const VALUE_KEYS = /^(?:value|val|v|content|data|text|current|default(?:_?value)?|string(?:_?value)?)$/i;
const NAME_KEYS = [
  'name',
  'key',
  'k',
  'field',
  'header',
  'variable',
  'param',
  'parameter',
  'attribute',
  'option',
  'property',
  'env',
  'label',
];
const PROGRAM_KEYS = ['command', 'cmd', 'program', 'executable', 'file', 'path'];

/** Whether a member of a record is a secret, by its own name or as the `value` next to a `name`. */
export function isSecretMember(record: object, key: string, value: unknown): boolean {
  const kind = nameKind(key);
  if (kind) return isSecretValue(kind, value);
  if (!VALUE_KEYS.test(key)) return false;
  return NAME_KEYS.some((nameKey) => {
    const name: unknown = Object.hasOwn(record, nameKey) ? Reflect.get(record, nameKey) : undefined;
    const named = typeof name === 'string' ? nameKind(name) : null;
    return named !== null && isSecretValue(named, value);
  });
}

/** Masks values in a list whose names are other items: arguments, `[name, value]`, and alternating names and values. */
export function maskItems(list: readonly unknown[], program = ''): readonly unknown[] {
  if (!list.some((item) => typeof item === 'string')) return list;
  const masked = maskArguments(list, program);
  if (list.length % 2 !== 0) return masked;
  return masked.map((item, i) => (i % 2 === 1 && isPair(list[i - 1], list, item) ? REDACTED : item));
}

/** The program of a record with an argument list. */
export function programOf(record: object): string {
  for (const key of PROGRAM_KEYS) {
    const program: unknown = Object.hasOwn(record, key) ? Reflect.get(record, key) : undefined;
    if (typeof program === 'string') return program;
  }
  return '';
}

/** In longer lists, only header names count as names, because `["id", "password", "email", "name"]` has no values. */
function isPair(name: unknown, list: readonly unknown[], value: unknown): boolean {
  if (typeof name !== 'string' || !/^[\w.$:/ -]{1,100}$/.test(name)) return false;
  const kind = nameKind(name);
  if (!kind || (list.length > 2 && !/^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]+)$/i.test(name)))
    return false;
  return isSecretValue(kind, value);
}
