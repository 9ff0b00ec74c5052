/** Replaces a secret. */
export const REDACTED = '[redacted]';
/** Replaces text that was cut off. */
export const CUT = '…';
