import { Router } from 'express';
import { z } from 'zod';

import { OPERATION_STATUSES, type Operation, type OperationStatus } from '../monitor/operation.ts';
import type { RealtimeMonitor } from '../monitor/realtime-monitor.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { currentMetricsToWire, operationToWire, toWire } from '../monitor/wire-format.ts';
import { HttpError, parseQuery } from './http-error.ts';

/** What summaries and trends are read from, and its own word for where it has them; keys become snake_case. */
export interface SummarySource {
  getMetricsSummary(operation: string, hours: number): Promise<{ readonly source: string }>;
  getMetricsSummary(
    operation: undefined,
    hours: number,
  ): Promise<{ readonly source: string; readonly operations: Readonly<Record<string, object>> }>;
  getPerformanceTrend(
    operation: string,
    days: number,
  ): Promise<{ readonly source: string; readonly trend: readonly object[] }>;
  getRecentActivity(
    minutes: number,
    operation: string | undefined,
  ): Promise<{ readonly source: string; readonly operations: Readonly<Record<string, object>> }>;
}

const MAX_DAYS = 3650;

const numberParameter = (check: z.ZodNumber, fallback: number) =>
  z
    .string({ error: 'expected one number' })
    .regex(/^-?\d+(\.\d+)?$/, 'expected a number')
    .transform(Number)
    .pipe(check)
    .default(fallback);
const operationName = z.string({ error: 'expected the name of one operation' }).min(1).max(256);

const noQuery = z.strictObject({});
const operationsQuery = z.strictObject({
  session_id: z.string().min(1).max(256).optional(),
  operation: operationName.optional(),
  status: z.enum(OPERATION_STATUSES).optional(),
  limit: numberParameter(z.number().int().min(1).max(1000), 100),
});
const summaryQuery = z.strictObject({
  operation: operationName.optional(),
  hours: numberParameter(
    z
      .number()
      .positive()
      .max(MAX_DAYS * 24),
    24,
  ),
});
const trendQuery = z.strictObject({
  operation: operationName,
  days: numberParameter(z.number().int().min(1).max(MAX_DAYS), 7),
});
const activityQuery = z.strictObject({
  operation: operationName.optional(),
  minutes: numberParameter(z.number().int().min(1).max(60), 60),
});

/**
 * `/api/v1`: sessions, operations, summaries, trends and recent activity as JSON.
 *
 * @param summaries - null where there are none here
 * @param noSummaries - why
 */
export function apiRoutes(
  sessions: SessionRegistry,
  summaries: SummarySource | null,
  noSummaries: string,
): Router {
  const routes = Router();

  routes.get('/sessions', (request, response) => {
    parseQuery(noQuery, request.query);
    response.json({ sessions: sessions.list().map((session) => toWire(session)) });
  });

  routes.get('/sessions/:id', (request, response) => {
    parseQuery(noQuery, request.query);
    const { id } = request.params;
    const summary = sessions.summary(id);
    response.json({
      ...currentMetricsToWire(monitorOf(sessions, id).getCurrentMetrics()),
      ...(summary ? { summary: toWire(summary) } : undefined),
    });
  });

  routes.get('/operations', (request, response) => {
    const { session_id: id, operation, status, limit } = parseQuery(operationsQuery, request.query);
    const monitors = id === undefined ? sessions.monitors() : [monitorOf(sessions, id)];
    const operations = monitors
      .flatMap((monitor) => latestOperations(monitor, { operation, status }, limit))
      .toSorted((a, b) => b.startTime.getTime() - a.startTime.getTime())
      .slice(0, limit);
    response.json({ operations: operations.map(operationToWire) });
  });

  routes.get('/summary', async (request, response) => {
    const { operation, hours } = parseQuery(summaryQuery, request.query);
    const history = required(summaries, noSummaries);
    if (operation !== undefined) {
      response.json({ operation, hours, ...toWire(await history.getMetricsSummary(operation, hours)) });
      return;
    }
    const { source, operations } = await history.getMetricsSummary(undefined, hours);
    response.json({
      hours,
      source,
      operations: Object.fromEntries(
        Object.entries(operations).map(([name, summary]) => [name, toWire(summary)]),
      ),
    });
  });

  routes.get('/trend', async (request, response) => {
    const { operation, days } = parseQuery(trendQuery, request.query);
    const { source, trend } = await required(summaries, noSummaries).getPerformanceTrend(operation, days);
    response.json({ operation, days, source, trend: trend.map((row) => toWire(row)) });
  });

  routes.get('/activity', async (request, response) => {
    const { operation, minutes } = parseQuery(activityQuery, request.query);
    const history = required(summaries, noSummaries);
    const { operations, ...answer } = await history.getRecentActivity(minutes, operation);
    response.json({
      ...toWire(answer),
      operations: Object.fromEntries(
        Object.entries(operations).map(([name, columns]) => [name, toWire(columns)]),
      ),
    });
  });

  return routes;
}

function monitorOf(sessions: SessionRegistry, id: string): RealtimeMonitor {
  const monitor = sessions.get(id);
  if (!monitor) throw new HttpError(404, 'unknown_session', 'no such session: see /api/v1/sessions');
  return monitor;
}

/** As many as can be among the latest `limit` of all sessions. */
function latestOperations(
  monitor: RealtimeMonitor,
  wanted: { operation: string | undefined; status: OperationStatus | undefined },
  limit: number,
): readonly Operation[] {
  if (wanted.operation === undefined && wanted.status === undefined) {
    return [...monitor.activeOperations, ...monitor.endedOperations(limit)];
  }
  return [...monitor.operations.values()].filter(
    ({ operationName, status }) =>
      (wanted.operation === undefined || operationName === wanted.operation) &&
      (wanted.status === undefined || status === wanted.status),
  );
}

function required(summaries: SummarySource | null, why: string): SummarySource {
  if (!summaries) throw new HttpError(404, 'metrics_disabled', why);
  return summaries;
}
