// Plain checks instead of a schema library, because loading one would delay the start of every command.
import { ALLOWED_PATTERNS, patternProblem } from '../redaction/secrets/custom-patterns.ts';
import type { Reading, SettingKind } from './setting-kind.ts';

type Check<T> = SettingKind<T>['check'];

const REFUSED = { isAllowed: false } as const;

const allow = <T>(value: T): Reading<T> => ({ isAllowed: true, value });

/** A kind that parses text and then checks it like a value given in code. */
function kind<T>(
  check: Check<T>,
  fallback: T,
  allowed: string,
  parse: (text: string) => unknown = (text) => text,
): SettingKind<T> {
  return { check, fallback, allowed, fromText: (text) => check(parse(text)) };
}

function textThat(isAllowed: (text: string) => boolean): Check<string> {
  return (value) => (typeof value === 'string' && isAllowed(value) ? allow(value) : REFUSED);
}

function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? allow(value) : check(value));
}

export function flag(fallback: boolean): SettingKind<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };
  const check: Check<boolean> = (value) => (typeof value === 'boolean' ? allow(value) : REFUSED);
  return kind(check, fallback, 'true or false', (text) => words[text.toLowerCase()]);
}

export function number(
  isAllowed: (value: number) => boolean,
  fallback: number,
  allowed: string,
): SettingKind<number> {
  const check: Check<number> = (value) =>
    typeof value === 'number' && isAllowed(value) ? allow(value) : REFUSED;
  return kind(check, fallback, allowed, (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined));
}

export function integer(min: number, max: number, fallback: number): SettingKind<number> {
  const isAllowed = (value: number) => Number.isSafeInteger(value) && value >= min && value <= max;
  const { check, ...kindOfNumber } = number(isAllowed, fallback, `an integer from ${min} to ${max}`);
  // Prometheus and Compose read the same variables, and reject integers such as 30.0 and 030.
  const fromText = (text: string) => (/^-?(0|[1-9]\d*)$/.test(text) ? check(Number(text)) : REFUSED);
  return { ...kindOfNumber, check, fromText };
}

export function port(fallback: number): SettingKind<number> {
  return { ...integer(0, 65_535, fallback), allowed: 'an integer from 0 to 65535; 0 takes any free port' };
}

export function text(pattern: RegExp, fallback: string, allowed: string): SettingKind<string> {
  const check = textThat((value) => pattern.test(value));
  return kind(check, fallback, allowed);
}

export function choice<const T extends string>(
  values: readonly [T, ...T[]],
  fallback: NoInfer<T>,
): SettingKind<T> {
  const [last, ...others] = values.toReversed();
  const check: Check<T> = (value) => {
    const known = values.find((each) => each === value);
    return known === undefined ? REFUSED : allow(known);
  };
  return kind(check, fallback, `${others.toReversed().join(', ')} or ${last}`);
}

export function optionalText(pattern: RegExp, allowed: string): SettingKind<string | undefined> {
  return kind(optional(textThat((value) => pattern.test(value))), undefined, allowed);
}

export function optionalUrl(allowed = 'an http or https URL'): SettingKind<string | undefined> {
  return kind(optional(checkUrl), undefined, allowed);
}

/** A URL that other programs, which read the same variable, accept as well. */
export function optionalSharedUrl(): SettingKind<string | undefined> {
  return kind(optional(checkSharedUrl), undefined, 'an http or https URL');
}

/** A URL that links are built from. A query or a fragment would break them, and a password would leak. */
export function optionalLinkBase(): SettingKind<string | undefined> {
  const check: Check<string> = (value) => {
    const read = checkSharedUrl(value);
    if (!read.isAllowed) return read;
    const { username, password, search, hash } = new URL(read.value);
    return username + password + search + hash === '' ? read : REFUSED;
  };
  return kind(optional(check), undefined, 'an http or https URL without query, fragment and password');
}

/** A hub's address. Users copy the URLs that a hub prints, so their known paths are removed. */
export function optionalHubUrl(): SettingKind<string | undefined> {
  const check: Check<string> = (value) => {
    const read = checkUrl(value);
    return read.isAllowed ? allow(read.value.replace(HUB_PATH, '')) : read;
  };
  return kind(optional(check), undefined, 'an http or https URL');
}

const HUB_PATH = /(?<=[^/:])\/+(?:(?:metrics|api\/v1\/report)\/*)?$/;

/** The characters of RFC 3986. Prometheus, Alertmanager and Grafana do not trim or encode others, as `new URL` does. */
const ENCODED_URL = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\da-f]{2})*$/i;
/** Brackets are only part of an IPv6 address. */
const BRACKETS_IN_HOST = /^https?:\/\/(?:[^/?#[\]@]*@)*(?:\[[\da-f:.]+\])?[^[\]]*$/i;

function checkSharedUrl(value: unknown): Reading<string> {
  const read = checkUrl(value);
  if (!read.isAllowed || (ENCODED_URL.test(String(value)) && BRACKETS_IN_HOST.test(String(value))))
    return read;
  return { isAllowed: false, remedy: 'spaces and special characters must be percent-encoded' };
}

function checkUrl(value: unknown): Reading<string> {
  const href = typeof value === 'string' ? value.trim() : '';
  if (/^https?:\/\/(?!\/)/i.test(href) && URL.canParse(href)) return allow(href);
  const isWithoutScheme =
    !/^(?:https?:|\/)/i.test(href) && !href.includes('://') && URL.canParse(`http://${href}`);
  return isWithoutScheme ? { isAllowed: false, remedy: 'the scheme is missing, such as http://' } : REFUSED;
}

export function list(isAllowed: (item: string) => boolean, allowed: string): SettingKind<readonly string[]> {
  const check: Check<readonly string[]> = (value) => {
    const items = textsOf(value);
    return items?.every(isAllowed) ? allow(items) : REFUSED;
  };
  return kind(check, [], `${allowed}, separated by commas`, (all) =>
    all
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  );
}

/** Regular expressions, one per line, because a comma may be part of one. */
export function patterns(): SettingKind<readonly string[]> {
  const check: Check<readonly string[]> = (value) => {
    const sources = textsOf(value);
    if (!sources) return REFUSED;
    const reason = patternProblem(sources);
    return reason === null ? allow(sources) : { isAllowed: false, reason };
  };
  return kind(check, [], `${ALLOWED_PATTERNS}, one per line`, (all) =>
    all.split(/\r?\n/).filter((line) => line.trim() !== ''),
  );
}

/** A frozen copy, or null if the value is not an array of strings. */
function textsOf(value: unknown): readonly string[] | null {
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isTexts ? Object.freeze([...value]) : null;
}
