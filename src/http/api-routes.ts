import { Router } from 'express';

import type {
  ActivityBody,
  FeedPosition,
  SessionBody,
  SessionsBody,
  SummariesBody,
  SummaryBody,
  TrendBody,
} from '../api/answers.ts';
import type {
  ActivityAnswer,
  ServerOperationActivity,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
} from '../api/history-answers.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { currentMetricsToWire } from '../wire-format/current-metrics.ts';
import { toWire, type Wire } from '../wire-format/wire-format.ts';
import { activityQuery, noQuery, summaryQuery, trendQuery } from './api-queries.ts';
import { HttpError, parseQuery } from './http-error.ts';
import { idOf, monitorOf, operationRoutes } from './operation-routes.ts';

/** The source of summaries, trends and recent activity. */
export interface SummarySource {
  getMetricsSummary(operation: string, hours: number): Promise<SummaryAnswer>;
  getMetricsSummary(operation: undefined, hours: number): Promise<SummariesAnswer>;
  getPerformanceTrend(operation: string, days: number): Promise<TrendAnswer>;
  getRecentActivity(minutes: number, operation: string | undefined): Promise<ActivityAnswer>;
}

/** Returns the activity of each server. */
export type ServerActivitySource = (
  minutes: number,
  operation: string | undefined,
) => readonly ServerOperationActivity[];

/**
 * `/api/v1`: sessions, operations, summaries, trends and recent activity as JSON.
 *
 * @param feedPosition - the current position of the live feed
 * @param summaries - null if metrics are not collected here
 * @param noSummaries - the error message if `summaries` is null
 */
export function apiRoutes(
  sessions: SessionRegistry,
  feedPosition: () => FeedPosition,
  summaries: SummarySource | null,
  serverActivity: ServerActivitySource,
  noSummaries: string,
): Router {
  const routes = Router();

  routes.get('/sessions', (request, response) => {
    parseQuery(noQuery, request.query);
    response.json({ sessions: sessions.list().map((session) => toWire(session)) } satisfies SessionsBody);
  });

  routes.get('/sessions/*id', (request, response) => {
    parseQuery(noQuery, request.query);
    const id = idOf(request.params);
    const summary = sessions.summary(id);
    response.json({
      ...currentMetricsToWire(monitorOf(sessions, id).getCurrentMetrics(), sessions.redactor),
      ...(summary ? { summary: toWire(summary) } : undefined),
    } satisfies SessionBody);
  });

  routes.use(operationRoutes(sessions, feedPosition));
  routes.use(historyRoutes(summaries, serverActivity, noSummaries, sessions.reportLimit));
  return routes;
}

function historyRoutes(
  summaries: SummarySource | null,
  serverActivity: ServerActivitySource,
  noSummaries: string,
  onLimit: OnLimit,
): Router {
  const routes = Router();

  routes.get('/summary', async (request, response) => {
    const { operation, hours } = parseQuery(summaryQuery, request.query);
    const history = required(summaries, noSummaries);
    if (operation !== undefined) {
      const summary = toWire(await history.getMetricsSummary(operation, hours));
      response.json({ operation, hours, ...summary } satisfies SummaryBody);
      return;
    }
    const { operations: all, ...origin } = await history.getMetricsSummary(undefined, hours);
    const operations = operationsToWire(all, onLimit);
    response.json({ hours, ...origin, operations } satisfies SummariesBody);
  });

  routes.get('/trend', async (request, response) => {
    const { operation, days } = parseQuery(trendQuery, request.query);
    const answer = await required(summaries, noSummaries).getPerformanceTrend(operation, days);
    const trend = answer.trend.map((row) => toWire(row));
    response.json({ operation, days, ...answer, trend } satisfies TrendBody);
  });

  routes.get('/activity', async (request, response) => {
    const { operation, minutes } = parseQuery(activityQuery, request.query);
    const history = required(summaries, noSummaries);
    const { operations: all, ...answer } = await history.getRecentActivity(minutes, operation);
    const operations = operationsToWire(all, onLimit);
    const by_server = serverActivity(minutes, operation).map((each) => toWire(each));
    response.json({ ...toWire(answer), operations, by_server } satisfies ActivityBody);
  });

  return routes;
}

interface Counted {
  /** The total, or one number per minute. */
  readonly count: number | readonly number[];
}

function operationsToWire<T extends Counted>(
  operations: Readonly<Record<string, T>>,
  onLimit: OnLimit,
): Record<string, Wire<T>> {
  const all = Object.entries(operations);
  const { max } = LIMITS.answer_operations;
  const excess = all.length - max;
  if (excess > 0) onLimit('answer_operations', excess);
  const kept = excess > 0 ? all.toSorted(([, a], [, b]) => countOf(b) - countOf(a)).slice(0, max) : all;
  return Object.fromEntries(kept.map(([name, each]) => [name, toWire(each)]));
}

function countOf({ count }: Counted): number {
  return typeof count === 'number' ? count : count.reduce((sum, each) => sum + each, 0);
}

function required(summaries: SummarySource | null, why: string): SummarySource {
  if (!summaries) throw new HttpError(404, 'metrics_disabled', why);
  return summaries;
}
