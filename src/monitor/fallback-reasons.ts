/** Why Prometheus did not answer: too late, not at all, or not with what was asked for. */
export const FALLBACK_REASONS = ['timeout', 'unreachable', 'refused'] as const;

export type FallbackReason = (typeof FALLBACK_REASONS)[number];
