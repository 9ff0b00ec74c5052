import { CUT, REDACTED } from './secrets/marks.ts';
import { isSecretMember, maskItems, programOf } from './secrets/secret-member.ts';
import { announcesSecret, maskJson, maskKey, maskText, type MaskText } from './secrets/secret-text.ts';

/** Details of an operation: nested JSON values. */
type Details = Readonly<Record<string, unknown>>;

const MAX_TEXT = 2000;
/** Maximum length of an error or message. */
const MAX_LINE = 500;
const MAX_KEY = 100;
const MAX_ITEMS = 50;
const MAX_KEYS = 40;
/** Deep enough for the result of a tool: `result`, `content`, a block, its resource and the resource's fields. */
const MAX_DEPTH = 8;
/** Maximum size of one record, in characters of JSON without escapes. */
const MAX_SIZE = 8000;
/** Maximum size of one captured value. Two values and a call's other details fit into one record. */
const MAX_PAYLOAD = 3400;
/** Extra characters to check beyond the kept part of a long text, because a truncated secret may not be recognizable. */
const OVERLAP = 1000;
const MAX_ROUNDS = 4;

/** The remaining size of a record. */
interface Budget {
  left: number;
}

/**
 * Removes secrets from data before it leaves the process, and truncates the data. Secrets are found by their names and by
 * their shapes. Redaction is idempotent.
 *
 * @see {@link createRedactor} for an example
 */
export class Redactor {
  readonly #custom: MaskText | undefined;

  /** @param custom - masks the matches of custom patterns */
  constructor(custom?: MaskText) {
    this.#custom = custom;
  }

  /** A redacted copy of an operation's details. */
  details(details: Details): Record<string, unknown> {
    return this.#record(details, 0, { left: MAX_SIZE });
  }

  /**
   * A redacted copy of a captured value, for use in details. {@link details} does not change it further.
   *
   * @throws any error of the value's getters
   */
  payload(value: unknown): unknown {
    return this.#value(value, 1, { left: MAX_PAYLOAD });
  }

  /** A redacted error or message, truncated to 500 characters. */
  line(text: string): string {
    return this.text(text, MAX_LINE);
  }

  /** A redacted text, truncated to `maxLength` characters. */
  text(text: string, maxLength: number): string {
    let redacted = this.#once(text, maxLength);
    if (!this.#custom && !announcesSecret(redacted)) return redacted;
    // Truncation can make the rest look like a secret, because the context is missing. Repeats until nothing changes.
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
    // An item can be the name of the next item's value, so two more items are checked than are kept.
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

  /** Returns lists and records unchanged. */
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
        // Otherwise each byte would become a key.
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

/** Truncates a text, but not in the middle of a mark. */
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

/** A redacted text for printing. */
export function redactText(text: string): string {
  return plain.text(text, MAX_PRINTED);
}
