/** Replaces a secret. */
export const REDACTED = '[redacted]';
/** Replaces truncated text. */
export const CUT = '…';
