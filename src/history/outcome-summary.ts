import { endedOf, errorsOf, successPercent, type OutcomeCounts } from '../monitor/outcome-counts.ts';
import { OUTCOME_NAMES, OUTCOMES } from '../monitor/outcomes.ts';
import type { MinuteActivity } from './activity-columns.ts';
import type { MetricsSummary, OutcomeSummary } from '../api/history-answers.ts';

/** The outcome fields of a summary. */
export function summarizeOutcomes(
  counts: Readonly<OutcomeCounts>,
): OutcomeSummary & Pick<MetricsSummary, 'successRate'> {
  const named = OUTCOME_NAMES.map((outcome) => [OUTCOMES[outcome].countName, counts[outcome]]);
  return { ...(Object.fromEntries(named) as OutcomeSummary), successRate: successPercent(counts) ?? 0 };
}

/** The outcome fields of a minute's activity. */
export function activityOfOutcomes(
  counts: Readonly<OutcomeCounts>,
): Pick<MinuteActivity, 'count' | 'failureCount'> {
  return { count: endedOf(counts), failureCount: errorsOf(counts) };
}
