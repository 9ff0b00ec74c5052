/** Why a request was refused before it reached a route. */
export const REFUSAL_REASONS = [
  'invalid_host',
  'forbidden_host',
  'forbidden_origin',
  'authentication_required',
  'missing_key',
  'wrong_key',
  'too_many_attempts',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];
