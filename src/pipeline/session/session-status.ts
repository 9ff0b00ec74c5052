import { z } from 'zod';

import { LIMITS } from '../../monitor/limits.ts';
import type { RealtimeMonitor } from '../../monitor/realtime-monitor.ts';
import { OPERATION_STATUSES } from '../../monitor/operation.ts';
import { OUTCOME_NAMES, type OperationOutcome } from '../../monitor/outcomes.ts';
import { currentMetricsToWire } from '../../wire-format/current-metrics.ts';
import type { Redactor } from '../../redaction/redactor.ts';
import { toWire, type WireOperation } from '../../wire-format/wire-format.ts';
import type { PipelineSession } from './pipeline-session.ts';

const operation = z.object({
  operation_id: z.string(),
  operation_name: z.string(),
  session_id: z.string(),
  parent_id: z.string().nullable(),
  status: z.enum(OPERATION_STATUSES),
  progress: z.number(),
  start_time: z.string(),
  end_time: z.string().nullable(),
  duration: z.number().nullable(),
  details: z.record(z.string(), z.unknown()),
  error: z.string().nullable(),
});

const outcomeTotals = Object.fromEntries(
  OUTCOME_NAMES.map((outcome) => [`${outcome}_operations`, z.number().int()]),
) as Record<`${OperationOutcome}_operations`, z.ZodNumber>;

const monitoring = z.object({
  session_id: z.string(),
  current_operation: z.string().nullable().describe('Id of the latest started operation that is active'),
  active_operations: z
    .array(operation)
    .describe(`At most the latest ${LIMITS.status_operations.max}; the summary counts them all`),
  active_total: z.number().int(),
  recently_completed: z.array(operation).describe('The last ten that ended, in the order in which they ran'),
  total_operations: z.number().int(),
  success_rate: z.number().describe('The share of successes among all outcomes that count, in percent'),
  average_duration: z.number().describe('Seconds, of completed ones'),
  start_time: z.string().nullable(),
  summary: z.object({
    total_operations: z.number().int(),
    active_operations: z.number().int(),
    ...outcomeTotals,
    success_rate: z.number(),
    average_duration: z.number(),
    total_duration: z.number(),
  }),
});

export const sessionStatusSchema = z.object({
  session_id: z.string(),
  started_at: z.string().nullable().describe('When its first tool ran; null if none has'),
  updated_at: z.string().nullable(),
  scans: z.number().int(),
  cycles: z.number().int(),
  fixes_applied: z.number().int().describe('Written to disk'),
  fixes_failed: z.number().int(),
  last_scan: z
    .object({
      at: z.string(),
      files_scanned: z.number().int(),
      files_with_issues: z.number().int(),
      issues_found: z.number().int(),
      errors: z.number().int(),
      warnings: z.number().int(),
      fixable: z.number().int(),
      quality_score: z.number().nullable(),
    })
    .nullable(),
  monitoring,
});

export type SessionStatus = z.infer<typeof sessionStatusSchema>;

const NOTHING_DONE = { scans: 0, cycles: 0, fixesApplied: 0, fixesFailed: 0, lastScan: null };

/**
 * @param session - undefined if no tool has run in it yet
 * @param ownOperationId - the operation of the status call itself, which is omitted
 */
export function sessionStatus(
  monitor: RealtimeMonitor,
  session: PipelineSession | undefined,
  redactor: Redactor,
  ownOperationId?: string,
): SessionStatus {
  const state = session?.state;
  const { scans, cycles, fixesApplied, fixesFailed, lastScan } = state ?? NOTHING_DONE;
  return {
    session_id: monitor.sessionId,
    started_at: state?.startedAt.toISOString() ?? null,
    updated_at: state?.updatedAt.toISOString() ?? null,
    scans,
    cycles,
    fixes_applied: fixesApplied,
    fixes_failed: fixesFailed,
    last_scan: lastScan && toWire(lastScan),
    monitoring: monitoringOf(monitor, redactor, ownOperationId),
  };
}

function monitoringOf(
  monitor: RealtimeMonitor,
  redactor: Redactor,
  ownOperationId: string | undefined,
): SessionStatus['monitoring'] {
  const metrics = monitor.getCurrentMetrics();
  const summary = monitor.getOperationSummary();
  const all = monitor.activeOperations;
  const activeOperations = all.filter(({ operationId }) => operationId !== ownOperationId);
  const listed = activeOperations.slice(-LIMITS.status_operations.max);
  const totalOperations = metrics.totalOperations - (all.length - activeOperations.length);
  const seen = {
    ...metrics,
    activeOperations: listed,
    activeTotal: activeOperations.length,
    currentOperation: activeOperations.at(-1)?.operationId ?? null,
    totalOperations,
  };
  const wire = currentMetricsToWire(seen, redactor);
  return {
    ...wire,
    recently_completed: inRunOrder(wire.recently_completed),
    summary: toWire({ ...summary, totalOperations, activeOperations: activeOperations.length }),
  };
}

/** Operations by their start, each before its stages. They come in the order of their ends. */
function inRunOrder(ended: readonly WireOperation[]): WireOperation[] {
  const ids = new Set(ended.map(({ operation_id: id }) => id));
  const ordered: WireOperation[] = [];
  const add = (siblings: readonly WireOperation[]): void => {
    for (const sibling of siblings.toSorted((a, b) => Date.parse(a.start_time) - Date.parse(b.start_time))) {
      if (ordered.includes(sibling)) continue;
      ordered.push(sibling);
      add(ended.filter(({ parent_id: parentId }) => parentId === sibling.operation_id));
    }
  };
  add(ended.filter(({ parent_id: parentId }) => parentId === null || !ids.has(parentId)));
  return [...ordered, ...ended.filter((operation) => !ordered.includes(operation))];
}
