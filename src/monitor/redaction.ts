import type { OperationDetails } from './operation.ts';
import { CUT, isSecretMember, maskJson, maskText, REDACTED } from './secret-text.ts';

const MAX_TEXT = 2000;
/** Of an error or a message, which are read at a glance. */
const MAX_LINE = 500;
const MAX_KEY = 100;
const MAX_ITEMS = 50;
const MAX_KEYS = 40;
/** Deep enough for what a tool answers: `result`, `content`, a block, its resource, and what that holds. */
const MAX_DEPTH = 8;
/** Of one record as a whole, in characters of JSON without its escapes. */
const MAX_SIZE = 8000;
/** Of one captured value: two of them, and what else a call's details have, are a record. */
const MAX_PAYLOAD = 3400;
/** So much more of a long text is looked at than is kept: a secret that is cut in two may not look like one. */
const OVERLAP = 1000;

/** What is left of a record's size. */
interface Budget {
  left: number;
}

/**
 * A copy of `details` that may leave the process: what looks like a secret, by its key or in a text, is replaced; long
 * texts, lists and nestings are cut, and the whole has a size that it does not exceed. A copy of the copy is the same.
 */
export function redactDetails(details: OperationDetails): Record<string, unknown> {
  return redactRecord(details, 0, { left: MAX_SIZE });
}

/**
 * A copy of `value` that may be kept in details, redacted and cut in the same way, to a size that
 * {@link redactDetails} leaves as it is.
 *
 * @throws what reading a part of it throws
 */
export function redactPayload(value: unknown): unknown {
  return redactValue(value, 1, { left: MAX_PAYLOAD });
}

/** `text`, cut to what a person reads at a glance, without what looks like a secret. */
export function cutText(text: string): string {
  return redactText(text, MAX_LINE);
}

function redactText(text: string, maxLength: number): string {
  const json = maskJson(text);
  if (json !== null) return cut(json, maxLength);
  if (text.length <= maxLength + OVERLAP) return cut(maskText(text), maxLength);
  const masked = maskText(text.slice(0, maxLength + OVERLAP));
  return cut(masked + CUT, Math.min(maxLength, Math.max(masked.length - OVERLAP, 0)));
}

/** Not in the middle of what stands for a secret. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength || (text.length === maxLength + 1 && text.endsWith(CUT))) return text;
  const kept = text.slice(0, maxLength);
  const bracket = kept.lastIndexOf('[');
  const isMarkCut =
    bracket !== -1 && kept.length - bracket < REDACTED.length && REDACTED.startsWith(kept.slice(bracket));
  return (isMarkCut ? kept.slice(0, bracket) : kept) + CUT;
}

function redactRecord(record: object, depth: number, budget: Budget): Record<string, unknown> {
  const redacted: [string, unknown][] = [];
  for (const key of Object.keys(record)) {
    if (budget.left <= 0 || redacted.length === MAX_KEYS) {
      redacted.push([CUT, CUT]);
      break;
    }
    budget.left -= Math.min(key.length, MAX_KEY) + 4;
    const value = isSecretMember(record, key)
      ? spend(REDACTED, budget)
      : redactValue(Reflect.get(record, key), depth + 1, budget);
    if (value !== undefined) redacted.push([key.slice(0, MAX_KEY), value]);
  }
  return Object.fromEntries(redacted);
}

function redactList(list: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const redacted: unknown[] = [];
  for (const item of list) {
    if (budget.left <= 0 || redacted.length === MAX_ITEMS) {
      redacted.push(CUT);
      break;
    }
    redacted.push(redactValue(item, depth + 1, budget) ?? null);
  }
  return redacted;
}

function redactValue(value: unknown, depth: number, budget: Budget): unknown {
  const redacted = redactScalar(value, Math.min(MAX_TEXT, Math.max(budget.left, 0)));
  if (typeof redacted !== 'object' || redacted === null) return spend(redacted, budget);
  budget.left -= 3;
  if (depth >= MAX_DEPTH || budget.left <= 0) return CUT;
  return Array.isArray(redacted)
    ? redactList(redacted, depth, budget)
    : redactRecord(redacted, depth, budget);
}

function spend(scalar: unknown, budget: Budget): unknown {
  budget.left -= String(scalar).length + 3;
  return scalar;
}

/** Lists and records are given back as they are. */
function redactScalar(value: unknown, maxLength: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value, maxLength);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return redactText(value.toString(), maxLength);
    case 'object':
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
      // Each of its bytes would be a key.
      if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
      return value;
    default:
      return undefined;
  }
}
