/** Whoever asks for more has forgotten us. */
const MOST_MS = 3_600_000;

/**
 * How long a `Retry-After` header asks to wait, in milliseconds, at most an hour; 0 where there is none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), MOST_MS);
}
