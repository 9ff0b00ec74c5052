import { CUT, REDACTED } from './secrets/marks.ts';
import { isSecretMember, maskItems, programOf } from './secrets/secret-member.ts';
import { announcesSecret, maskJson, maskKey, maskText, type MaskText } from './secrets/secret-text.ts';

/** The details of an operation: JSON values, in any nesting. */
type Details = Readonly<Record<string, unknown>>;

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
const MAX_ROUNDS = 4;

/** What is left of a record's size. */
interface Budget {
  left: number;
}

/**
 * Removes secrets from data before it leaves the process, by names and by shapes, and cuts the data to a size.
 * Redacting a redacted copy changes nothing.
 */
export class Redactor {
  readonly #custom: MaskText | undefined;

  /** @param custom - masks secrets that only the user knows */
  constructor(custom?: MaskText) {
    this.#custom = custom;
  }

  /** A copy of an operation's details that may leave the process. */
  details(details: Details): Record<string, unknown> {
    return this.#record(details, 0, { left: MAX_SIZE });
  }

  /**
   * A copy of `value` that may be kept in details: {@link details} leaves it as it is.
   *
   * @throws what reading a part of it throws
   */
  payload(value: unknown): unknown {
    return this.#value(value, 1, { left: MAX_PAYLOAD });
  }

  /** An error or a message, cut to 500 characters. */
  line(text: string): string {
    return this.text(text, MAX_LINE);
  }

  /** `text` without its secrets, cut to `maxLength` characters. */
  text(text: string, maxLength: number): string {
    let redacted = this.#once(text, maxLength);
    if (!this.#custom && !announcesSecret(redacted)) return redacted;
    // A cut can make the rest look like another secret: what was left out told that it is none.
    for (let round = 1; redacted.endsWith(CUT) && round < MAX_ROUNDS; round++) {
      const before = redacted;
      redacted = this.#once(before, maxLength);
      if (redacted === before) break;
    }
    return redacted;
  }

  #once(text: string, maxLength: number): string {
    const json = maskJson(text, this.#custom);
    if (json !== null) return cut(json, maxLength);
    if (text.length <= maxLength + OVERLAP) return cut(maskText(text, this.#custom), maxLength);
    const masked = maskText(text.slice(0, maxLength + OVERLAP), this.#custom);
    return cut(masked + CUT, Math.min(maxLength, Math.max(masked.length - OVERLAP, 0)));
  }

  #record(record: object, depth: number, budget: Budget): Record<string, unknown> {
    const redacted: [string, unknown][] = [];
    for (const key of Object.keys(record)) {
      if (budget.left <= 0 || redacted.length === MAX_KEYS) {
        redacted.push([CUT, CUT]);
        break;
      }
      budget.left -= Math.min(key.length, MAX_KEY) + 4;
      const member: unknown = Reflect.get(record, key);
      const program = Array.isArray(member) ? programOf(record) : '';
      const value = isSecretMember(record, key, member)
        ? spend(REDACTED, budget)
        : this.#value(member, depth + 1, budget, program);
      if (value !== undefined) redacted.push([this.#key(key), value]);
    }
    return Object.fromEntries(redacted);
  }

  #key(key: string): string {
    const masked = maskKey(key.slice(0, MAX_KEY + OVERLAP), this.#custom);
    return masked.length > MAX_KEY ? cut(masked, MAX_KEY - CUT.length) : masked;
  }

  #list(list: readonly unknown[], depth: number, budget: Budget, program: string): unknown[] {
    const redacted: unknown[] = [];
    // The last item that is kept may name the value that is not, but never the other way round.
    for (const item of maskItems(list.length > MAX_ITEMS ? list.slice(0, MAX_ITEMS + 2) : list, program)) {
      if (budget.left <= 0 || redacted.length === MAX_ITEMS) {
        redacted.push(CUT);
        break;
      }
      redacted.push(this.#value(item, depth + 1, budget) ?? null);
    }
    return redacted;
  }

  #value(value: unknown, depth: number, budget: Budget, program = ''): unknown {
    const redacted = this.#scalar(value, Math.min(MAX_TEXT, Math.max(budget.left, 0)));
    if (typeof redacted !== 'object' || redacted === null) return spend(redacted, budget);
    budget.left -= 3;
    if (depth >= MAX_DEPTH || budget.left <= 0) return CUT;
    return Array.isArray(redacted)
      ? this.#list(redacted, depth, budget, program)
      : this.#record(redacted, depth, budget);
  }

  /** Lists and records are given back as they are. */
  #scalar(value: unknown, maxLength: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value, maxLength);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return this.text(value.toString(), maxLength);
      case 'object':
        if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
        // Each of its bytes would be a key.
        if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
        return value;
      default:
        return undefined;
    }
  }
}

function spend(scalar: unknown, budget: Budget): unknown {
  budget.left -= String(scalar).length + 3;
  return scalar;
}

/** Not in the middle of a mark. */
function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength || (text.length === maxLength + 1 && text.endsWith(CUT))) return text;
  const kept = text.slice(0, maxLength);
  const bracket = kept.lastIndexOf('[');
  const isMarkCut =
    bracket !== -1 && kept.length - bracket < REDACTED.length && REDACTED.startsWith(kept.slice(bracket));
  return (isMarkCut ? kept.slice(0, bracket) : kept) + CUT;
}

const plain = new Redactor();
const MAX_PRINTED = 8000;

/** `text` without its secrets, for a program that prints it. */
export function redactText(text: string): string {
  return plain.text(text, MAX_PRINTED);
}
