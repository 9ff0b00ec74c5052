import { Router } from 'express';
import type { z } from 'zod';

import type { FeedPosition, OperationBody, OperationsBody, SnapshotBody } from '../api/answers.ts';
import type { Operation } from '../monitor/operation.ts';
import type { RealtimeMonitor } from '../monitor/realtime-monitor.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { fittingOperations } from '../wire-format/fitting-operations.ts';
import { LIMITS } from '../monitor/limits.ts';
import { operationToWire, toWire, type WireOperation } from '../wire-format/wire-format.ts';
import { keptName } from '../monitor/wire-name.ts';
import { operationQuery, operationsQuery, snapshotQuery } from './api-queries.ts';
import { HttpError, parseQuery } from './http-error.ts';
import { findFamily } from './operation-family.ts';
import { cursorAfter, pageByStart } from './operation-order.ts';
import { searchOperations } from './operation-search.ts';

/** Maximum number of ancestors in a response. Real operations are not nested this deep. */
const MAX_ANCESTORS = 100;
const MAX_SIZE = LIMITS.answer_bytes.max;

/**
 * `/operations` lists operations, latest start first. `/operations/:id` is one operation with its ancestors, descendants
 * and progress over time. `/snapshot` lists active operations and the latest ended ones. Each response has the position
 * in the feed, the total, and in `next` the `cursor` of the next page.
 */
export function operationRoutes(sessions: SessionRegistry, feedPosition: () => FeedPosition): Router {
  const routes = Router();
  const answers = new OperationAnswers(sessions, feedPosition);
  routes.get('/operations', ({ query }, response) => {
    response.json(answers.operations(parseQuery(operationsQuery, query)));
  });
  routes.get('/snapshot', ({ query }, response) => {
    response.json(answers.snapshot(parseQuery(snapshotQuery, query)));
  });
  routes.get('/operations/*id', ({ query, params }, response) => {
    response.json(answers.operation(idOf(params), parseQuery(operationQuery, query)));
  });
  return routes;
}

class OperationAnswers {
  readonly #sessions: SessionRegistry;
  readonly #feedPosition: () => FeedPosition;

  constructor(sessions: SessionRegistry, feedPosition: () => FeedPosition) {
    this.#sessions = sessions;
    this.#feedPosition = feedPosition;
  }

  operations(query: z.output<typeof operationsQuery>): OperationsBody {
    const { session_id: id, limit, cursor, ...search } = query;
    const matching = searchOperations(this.#sessions, this.#monitors(id), search);
    const { page, total } = pageByStart(matching, { order: 'latest_first', limit: limit + 1, cursor });
    const operations = this.#fit(page.slice(0, limit), MAX_SIZE);
    const isLast = operations.length === page.length;
    return {
      feed: toWire(this.#feedPosition()),
      total,
      next: isLast ? null : cursorAfter(page.slice(0, operations.length), cursor),
      operations,
    };
  }

  snapshot({ limit, cursor }: z.output<typeof snapshotQuery>): SnapshotBody {
    const monitors = this.#sessions.monitors();
    const all = monitors.flatMap((monitor) => monitor.activeOperations);
    const { page, total } = pageByStart(all, { order: 'earliest_first', limit: limit + 1, cursor });
    const active = this.#fit(page.slice(0, limit), MAX_SIZE / 2);
    const isLast = active.length === page.length;
    return {
      feed: toWire(this.#feedPosition()),
      active_total: total,
      ended_total: monitors.reduce((sum, { endedCount }) => sum + endedCount, 0),
      next: isLast ? null : cursorAfter(page.slice(0, active.length), cursor),
      active,
      // Only the first page contains ended operations.
      ended: cursor === undefined ? this.#fit(latestEnded(monitors, limit), MAX_SIZE / 2) : [],
    };
  }

  operation(id: string, query: z.output<typeof operationQuery>): OperationBody {
    const { session_id: sessionId, start_time: startTime, limit, cursor = 0 } = query;
    const startedAtMs = startTime === undefined ? undefined : Date.parse(startTime);
    const { monitor, operation } = findOperation(this.#monitors(sessionId), keptName(id), startedAtMs);
    const { ancestors, descendants } = findFamily(monitor.allOperations(), operation);
    const offset = Number(cursor);
    const page = this.#fit(descendants.slice(offset, offset + limit), MAX_SIZE / 2);
    const end = offset + page.length;
    return {
      feed: toWire(this.#feedPosition()),
      operation: {
        ...operationToWire(operation, this.#sessions.redactor),
        server_name: this.#sessions.serverNameOf(operation.sessionId),
        progress_over_time: monitor.progressOf(operation),
      },
      ancestors: this.#fit(ancestors.slice(-MAX_ANCESTORS), MAX_SIZE / 2),
      descendants_total: descendants.length,
      next: end < descendants.length ? String(end) : null,
      descendants: page,
    };
  }

  #monitors(sessionId: string | undefined): readonly RealtimeMonitor[] {
    return sessionId === undefined ? this.#sessions.monitors() : [monitorOf(this.#sessions, sessionId)];
  }

  /** The operations that fit into one response. */
  #fit(operations: readonly Operation[], size: number): WireOperation[] {
    const fitting = fittingOperations(operations, size, this.#sessions.redactor);
    if (fitting.length < operations.length) this.#sessions.reportLimit('answer_bytes');
    return fitting;
  }
}

/** The id at the end of a path. It may have several segments: nginx decodes `%2F` when it removes a prefix. */
export function idOf({ id }: { readonly id: readonly string[] }): string {
  return id.join('/');
}

export function monitorOf(sessions: SessionRegistry, id: string): RealtimeMonitor {
  const monitor = sessions.get(id);
  if (!monitor) throw new HttpError(404, 'unknown_session', 'unknown session: /api/v1/sessions lists all');
  return monitor;
}

function latestEnded(monitors: readonly RealtimeMonitor[], limit: number): Operation[] {
  return monitors
    .flatMap((monitor) => monitor.endedOperations(limit).toReversed())
    .toSorted((a, b) => (b.endTime?.getTime() ?? 0) - (a.endTime?.getTime() ?? 0))
    .slice(0, limit);
}

/** Finds the latest operation with the id, or the one that started at the given time. Ids can be reused. */
function findOperation(
  monitors: readonly RealtimeMonitor[],
  id: string,
  startedAtMs: number | undefined,
): { monitor: RealtimeMonitor; operation: Operation } {
  const found = monitors.flatMap((monitor) =>
    monitor
      .allOperations()
      .filter(({ operationId, startTime }) => {
        const isThen = startedAtMs === undefined || startTime.getTime() === startedAtMs;
        return operationId === id && isThen;
      })
      .map((operation) => ({ monitor, operation })),
  );
  const [latest] = found.toSorted(
    (a, b) => b.operation.startTime.getTime() - a.operation.startTime.getTime(),
  );
  if (latest) return latest;
  throw new HttpError(
    404,
    'unknown_operation',
    'unknown or evicted operation: /api/v1/operations lists all that are kept',
  );
}
