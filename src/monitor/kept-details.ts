import type { OperationDetails } from './operation.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { copyOf } from './wire-name.ts';

/** A deep copy of an operation's details, as plain data. It shares no objects with the caller. */
export interface KeptDetails {
  readonly details: OperationDetails;
  /** Approximate size in characters. */
  readonly size: number;
}

export const NO_DETAILS: KeptDetails = { details: {}, size: 0 };

// Smaller details are kept unchanged and redacted when they are shown. Larger ones are redacted and truncated at once.
const MAX_SIZE = 10_000;
const MAX_DEPTH = 10;
const MAX_MEMBERS = 60;
const MAX_TEXT = 2100;
/** Approximate size of an object, and of each of its entries. */
const PLACE_SIZE = 16;
/** Longer error texts are redacted and truncated at once. */
const MAX_ERROR = 1000;

/** Aborts a copy that would be too large. */
class TooLarge extends Error {}

/** The size of a copy so far, and its maximum. */
interface Measure {
  size: number;
  readonly max: number;
}

/**
 * Copies a caller's details. Large details are redacted and truncated at once, in time that does not depend on their
 * size. Details that cannot be read are omitted.
 */
export function keepDetails(details: OperationDetails, redactor: Redactor): KeptDetails {
  try {
    return copyDetails(details, MAX_SIZE);
  } catch (error) {
    if (!(error instanceof TooLarge)) return NO_DETAILS;
  }
  try {
    return copyDetails(redactor.details(details), Infinity);
  } catch {
    return NO_DETAILS;
  }
}

/** Merges `added` into `kept`. If the result would be too large, old entries that do not fit are dropped. */
export function mergeDetails(kept: KeptDetails, added: KeptDetails): KeptDetails {
  if (kept.size === 0) return added;
  if (added.size === 0) return kept;
  const size = kept.size + added.size;
  if (size <= MAX_SIZE) return { details: { ...kept.details, ...added.details }, size };
  return withFitting(added, kept.details);
}

/** Copies an operation's error text. A long text is redacted and truncated at once. */
export function keepError(error: string, redactor: Redactor): string {
  return copyOf(error.length <= MAX_ERROR ? error : redactor.line(error));
}

/** Approximate size of kept details, in characters. */
export function sizeOfDetails(details: OperationDetails | undefined): number {
  return details === undefined ? 0 : sizeOfMembers(details);
}

function sizeOfMembers(record: object): number {
  let size = 0;
  for (const [key, value] of Object.entries(record) as [string, unknown][]) {
    size += key.length + PLACE_SIZE;
    if (typeof value === 'string') size += value.length;
    else if (typeof value === 'object' && value !== null) size += PLACE_SIZE + sizeOfMembers(value);
  }
  return size;
}

function copyDetails(details: OperationDetails, max: number): KeptDetails {
  const measure: Measure = { size: 0, max };
  return { details: copyRecord(details, 0, measure), size: measure.size };
}

function withFitting({ details: added, size }: KeptDetails, older: OperationDetails): KeptDetails {
  const details: Record<string, unknown> = { ...added };
  const measure = { size, max: MAX_SIZE };
  for (const key of Object.keys(older)) {
    const before = measure.size;
    try {
      if (!Object.hasOwn(added, key)) details[key] = copyMember(older, key, 0, measure);
    } catch {
      measure.size = before;
    }
  }
  return { details, size: measure.size };
}

function copyRecord(record: object, depth: number, measure: Measure): Record<string, unknown> {
  const keys = Object.keys(record);
  if (keys.length > MAX_MEMBERS) spend(measure, MAX_SIZE + 1);
  // An assignment to `__proto__` would change the prototype.
  if (keys.includes('__proto__')) {
    return Object.fromEntries(keys.map((key) => [key, copyMember(record, key, depth, measure)]));
  }
  const copy: Record<string, unknown> = {};
  for (const key of keys) copy[key] = copyMember(record, key, depth, measure);
  return copy;
}

function copyMember(record: object, key: string, depth: number, measure: Measure): unknown {
  spend(measure, key.length + PLACE_SIZE);
  return copyValue(Reflect.get(record, key), depth + 1, measure);
}

function copyValue(value: unknown, depth: number, measure: Measure): unknown {
  switch (typeof value) {
    case 'string':
      spend(measure, value.length > MAX_TEXT ? MAX_SIZE + 1 : value.length);
      return copyOf(value);
    case 'function':
    case 'symbol':
      return undefined;
    case 'object':
      return value === null ? null : copyObject(value, depth, measure);
    default:
      return value;
  }
}

function copyObject(value: object, depth: number, measure: Measure): unknown {
  spend(measure, depth > MAX_DEPTH ? MAX_SIZE + 1 : PLACE_SIZE);
  if (value instanceof Date) return new Date(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (!Array.isArray(value)) return copyRecord(value, depth, measure);
  if (value.length > MAX_MEMBERS) spend(measure, MAX_SIZE + 1);
  const copy: unknown[] = [];
  for (let at = 0; at < value.length; at++) {
    spend(measure, PLACE_SIZE);
    copy.push(copyValue(value[at], depth + 1, measure));
  }
  return copy;
}

function spend(measure: Measure, size: number): void {
  measure.size += size;
  if (measure.size > measure.max) throw new TooLarge();
}
