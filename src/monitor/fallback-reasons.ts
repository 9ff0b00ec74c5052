/**
 * Why an answer came from this process instead of Prometheus.
 * - `refused`: Prometheus responded with an error, with something else, or without any series of the job.
 * - `misaligned`: it answered for other times than requested.
 * - `incomplete`: it warned, or values are missing, repeated or averages, or it lacks operations of this process.
 * - `labels`: required labels are missing, or series are duplicates.
 * - `reset`: a counter decreased without a restart.
 */
export const FALLBACK_REASONS = [
  'timeout',
  'unreachable',
  'refused',
  'misaligned',
  'incomplete',
  'labels',
  'reset',
] as const;

export type FallbackReason = (typeof FALLBACK_REASONS)[number];
