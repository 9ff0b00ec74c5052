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
  const { max } = LIMITS.name_length;
  if (text.length <= max && text.isWellFormed()) return copyOf(text);
  const digest = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, DIGEST_LENGTH);
  if (text.length > max) onLimit?.('name_length');
  return copyOf(`${text.slice(0, max - DIGEST_LENGTH - 1).toWellFormed()}…${digest}`);
}

/** V8 makes a slice of 13 or more characters a view of its parent, which keeps the parent alive. */
const MIN_VIEW_LENGTH = 13;

/** @param text - well-formed */
function copyOf(text: string): string {
  return text.length < MIN_VIEW_LENGTH ? text : Buffer.from(text).toString();
}
