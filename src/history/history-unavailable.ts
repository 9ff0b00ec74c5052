/** Why Prometheus did not answer: too late, not at all, or not with what was asked for. */
export const FALLBACK_REASONS = ['timeout', 'unreachable', 'refused'] as const;
export type FallbackReason = (typeof FALLBACK_REASONS)[number];

/** A history that cannot answer now; another one may. */
export class HistoryUnavailable extends Error {
  override readonly name = 'HistoryUnavailable';
  readonly reason: FallbackReason;

  constructor(reason: FallbackReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
