import type { OperationDetails } from './operation.ts';

const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|authorization|cookie|credential|private[-_]?key/i;
const MAX_TEXT = 500;
const MAX_ITEMS = 20;
const MAX_KEYS = 40;
const MAX_DEPTH = 4;

/**
 * A copy of `details` that may leave the process: values under keys that look like secrets are replaced, long
 * texts, lists and nestings are cut.
 */
export function redactDetails(details: OperationDetails): Record<string, unknown> {
  return redactRecord(details, 0);
}

/** `text`, cut to what a person reads. */
export function cutText(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(record)
    .slice(0, MAX_KEYS)
    .map(([key, value]): [string, unknown] => [
      key.slice(0, 100),
      SECRET_KEY.test(key) ? '[redacted]' : redactValue(value, depth + 1),
    ]);
  return Object.fromEntries(entries);
}

function redactValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cutText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      if (value === null) return null;
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
      if (depth >= MAX_DEPTH) return '…';
      if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1));
      return redactRecord(value, depth);
    default:
      return undefined;
  }
}
