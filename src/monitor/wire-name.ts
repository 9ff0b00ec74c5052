import { createHash } from 'node:crypto';

import { LIMITS, type OnLimit } from './limits.ts';

const DIGEST_LENGTH = 16;

/**
 * A name or id from the network, fit to be kept, compared, shown and used as a label value: well-formed Unicode (two
 * names that differ only in a lone surrogate would be one series to Prometheus), at most {@link LIMITS.name_length}
 * characters, and a copy (a slice would keep the whole message in memory).
 *
 * Names that were cut still differ, because they end in a digest of the whole.
 */
export function wireName(text: string, onLimit?: OnLimit): string {
  if (isShortName(text)) return copyOf(text);
  if (text.length > LIMITS.name_length.max) onLimit?.('name_length');
  return cutName(text, LIMITS.name_length.max);
}

/** Whether {@link wireName} keeps a text as it is. */
export function isShortName(text: string): boolean {
  return text.length <= LIMITS.name_length.max && text.isWellFormed();
}

/** A name as {@link wireName} keeps it, to look it up; not a copy if it is short. */
export function keptName(text: string): string {
  return isShortName(text) ? text : wireName(text);
}

/** A well-formed copy of at most `maxLength` characters, which ends in a digest of the whole text. */
export function cutName(text: string, maxLength: number): string {
  const digest = digestOf(text).slice(0, DIGEST_LENGTH);
  return copyOf(`${text.slice(0, maxLength - DIGEST_LENGTH - 1).toWellFormed()}…${digest}`);
}

const MAX_KEY_LENGTH = 64;

/**
 * Stands for an id from the network that is only ever compared: request ids, progress tokens, URIs. It is a short copy,
 * and different for different ids: a long id is represented by its SHA-256 digest, which is longer than any short id.
 */
export function wireKey(id: string): string;
export function wireKey(id: string | number): string | number;
export function wireKey(id: string | number): string | number {
  if (typeof id === 'number') return id;
  return id.length <= MAX_KEY_LENGTH && id.isWellFormed() ? copyOf(id) : `sha256:${digestOf(id)}`;
}

/** The first `maxLength` characters of a text for people, as a copy. */
export function wireText(text: string, maxLength: number): string {
  return copyOf(text.length <= maxLength ? text : text.slice(0, maxLength));
}

/** V8 makes a slice of 13 or more characters a view of its parent, which keeps the parent alive. */
const MIN_VIEW_LENGTH = 13;

/** Half of a surrogate pair becomes U+FFFD. */
export function copyOf(text: string): string {
  return text.length < MIN_VIEW_LENGTH ? text : Buffer.from(text).toString();
}

function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('hex');
}
