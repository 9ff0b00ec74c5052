import type { HistoryOrigin } from '../../../api/history-answers.ts';

/**
 * Says that an answer came from the exporter's memory although Prometheus is configured, and why. Null for all other answers.
 *
 * @param subject - the plural of what the answer has
 */
export function historyNote(subject: string, { fallback }: HistoryOrigin): string | null {
  return fallback
    ? `${subject} are from this exporter's memory instead of Prometheus. ${fallback.message}.`
    : null;
}
