import { createHash } from 'node:crypto';

import { LIMITS, type OnLimit } from './limits.ts';

const DIGEST_LENGTH = 16;

/**
 * Makes a name or id from the network safe to keep, compare, show and use as a label value. The result is well-formed
 * Unicode, because names that differ only in a lone surrogate would be one series in Prometheus. It has at most
 * {@link LIMITS.name_length} characters. It is a copy, because a slice would keep the whole message in memory.
 *
 * Truncated names stay distinct, because they end in a digest of the whole name.
 */
export function wireName(text: string, onLimit?: OnLimit): string {
  if (isShortName(text)) return copyOf(text);
  if (text.length > LIMITS.name_length.max) onLimit?.('name_length');
  return cutName(text, LIMITS.name_length.max);
}

/** Whether {@link wireName} leaves a text unchanged. */
export function isShortName(text: string): boolean {
  return text.length <= LIMITS.name_length.max && text.isWellFormed();
}

/** Like {@link wireName}, for lookups. Does not copy short names. */
export function keptName(text: string): string {
  return isShortName(text) ? text : wireName(text);
}

/** Truncates a text to `maxLength` well-formed characters, with a digest of the whole text at the end. */
export function cutName(text: string, maxLength: number): string {
  const digest = digestOf(text).slice(0, DIGEST_LENGTH);
  return copyOf(`${text.slice(0, maxLength - DIGEST_LENGTH - 1).toWellFormed()}…${digest}`);
}

const MAX_KEY_LENGTH = 64;

/**
 * A short key for an id from the network that is only compared: request ids, progress tokens, URIs. Different ids have
 * different keys. A long id is replaced by its SHA-256 digest, which is longer than any short id.
 */
export function wireKey(id: string): string;
export function wireKey(id: string | number | bigint): string | number | bigint;
export function wireKey(id: string | number | bigint): string | number | bigint {
  if (typeof id !== 'string') return id;
  return id.length <= MAX_KEY_LENGTH && id.isWellFormed() ? copyOf(id) : `sha256:${digestOf(id)}`;
}

/** A copy of the first `maxLength` characters of a human-readable text. */
export function wireText(text: string, maxLength: number): string {
  return copyOf(text.length <= maxLength ? text : text.slice(0, maxLength));
}

/** In V8, a slice of 13 or more characters is a view that keeps its parent in memory. */
const MIN_VIEW_LENGTH = 13;

/** Copies a text. Lone surrogates become U+FFFD. */
export function copyOf(text: string): string {
  return text.length < MIN_VIEW_LENGTH ? text : Buffer.from(text).toString();
}

function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('hex');
}
