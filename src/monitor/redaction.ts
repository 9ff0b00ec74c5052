import type { OperationDetails } from './operation.ts';

const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|authorization|cookie|credential|private[-_]?key/i;
const MAX_TEXT = 500;
const MAX_ITEMS = 20;
const MAX_KEYS = 40;
const MAX_DEPTH = 4;
/** Of one record as a whole, in characters. */
const MAX_SIZE = 8000;
const CUT = '…';

/** What is left of a record's size. */
interface Budget {
  left: number;
}

/**
 * A copy of `details` that may leave the process: values under keys that look like secrets are replaced; long texts,
 * lists and nestings are cut, and the whole has a size that it does not exceed.
 */
export function redactDetails(details: OperationDetails): Record<string, unknown> {
  return redactRecord(details, 0, { left: MAX_SIZE });
}

/** `text`, cut to what a person reads. */
export function cutText(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}${CUT}`;
}

function redactRecord(record: object, depth: number, budget: Budget): Record<string, unknown> {
  const redacted: [string, unknown][] = [];
  for (const [key, value] of Object.entries(record).slice(0, MAX_KEYS)) {
    if (budget.left <= 0) break;
    budget.left -= Math.min(key.length, 100);
    const isSecret = SECRET_KEY.test(key);
    redacted.push([key.slice(0, 100), isSecret ? '[redacted]' : redactValue(value, depth + 1, budget)]);
  }
  return Object.fromEntries(redacted);
}

function redactList(list: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const redacted: unknown[] = [];
  for (const item of list.slice(0, MAX_ITEMS)) {
    if (budget.left <= 0) break;
    redacted.push(redactValue(item, depth + 1, budget));
  }
  return redacted;
}

function redactValue(value: unknown, depth: number, budget: Budget): unknown {
  budget.left -= typeof value === 'string' ? Math.min(value.length, MAX_TEXT) : 10;
  switch (typeof value) {
    case 'string':
      return cutText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return cutText(value.toString());
    case 'object':
      if (value === null) return null;
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
      if (depth >= MAX_DEPTH || budget.left <= 0) return CUT;
      return Array.isArray(value) ? redactList(value, depth, budget) : redactRecord(value, depth, budget);
    default:
      return undefined;
  }
}
