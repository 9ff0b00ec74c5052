/** Why a query to Prometheus failed. `refused` means that it answered, but not with a usable result. */
export const FALLBACK_REASONS = ['timeout', 'unreachable', 'refused'] as const;

export type FallbackReason = (typeof FALLBACK_REASONS)[number];
