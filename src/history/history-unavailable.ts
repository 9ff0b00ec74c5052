import type { FallbackReason } from '../monitor/fallback-reasons.ts';

/** A history that cannot answer now; another one may. */
export class HistoryUnavailable extends Error {
  override readonly name = 'HistoryUnavailable';
  readonly reason: FallbackReason;

  constructor(reason: FallbackReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
