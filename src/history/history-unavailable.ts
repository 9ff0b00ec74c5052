import type { FallbackReason } from '../monitor/fallback-reasons.ts';

/** Thrown by a history that cannot answer at the moment, so that another one can. */
export class HistoryUnavailable extends Error {
  override readonly name = 'HistoryUnavailable';
  readonly reason: FallbackReason;

  constructor(reason: FallbackReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
