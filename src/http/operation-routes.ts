import { Router } from 'express';
import { z } from 'zod';

import { OPERATION_STATUSES, type Operation, type OperationStatus } from '../monitor/operation.ts';
import type { RealtimeMonitor } from '../monitor/realtime-monitor.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { operationToWire, toWire } from '../monitor/wire-format.ts';
import { HttpError, parseQuery } from './http-error.ts';
import { findFamily } from './operation-family.ts';
import { identifier, numberParameter, operationName } from './query-parameters.ts';

/** How far the live feed is: what an answer tells, the events up to there have told. */
export interface FeedPosition {
  readonly bootId: string;
  readonly seq: number;
}

const STATUSES = `one or more of ${OPERATION_STATUSES.join(', ')}, separated by commas`;
const isStatus = (text: string): text is OperationStatus =>
  OPERATION_STATUSES.some((known) => known === text);

const statusList = z
  .string({ error: `expected ${STATUSES}` })
  .transform((text) => text.split(','))
  .refine((parts): parts is OperationStatus[] => parts.every(isStatus), `expected ${STATUSES}`);

const operationsQuery = z.strictObject({
  session_id: identifier.optional(),
  operation: operationName.optional(),
  status: statusList.optional(),
  limit: numberParameter(z.number().int().min(1).max(1000), 100),
});
const snapshotQuery = z.strictObject({ limit: numberParameter(z.number().int().min(1).max(1000), 500) });
const operationQuery = z.strictObject({
  session_id: identifier.optional(),
  start_time: z.iso.datetime({ error: 'expected the start_time of an operation' }).optional(),
});

/**
 * `/operations`: the latest started ones; `/operations/:id`: one, with its family and its progress over time;
 * `/snapshot`: all that are active and the latest that ended. Each says at which moment of the feed.
 */
export function operationRoutes(sessions: SessionRegistry, feedPosition: () => FeedPosition): Router {
  const routes = Router();
  const toWireOperation = (operation: Operation) => operationToWire(operation, sessions.redactor);

  routes.get('/operations', (request, response) => {
    const { session_id: id, operation, status, limit } = parseQuery(operationsQuery, request.query);
    const monitors = id === undefined ? sessions.monitors() : [monitorOf(sessions, id)];
    const operations = monitors
      .flatMap((monitor) => latestOperations(monitor, { operation, status }, limit))
      .toSorted((a, b) => b.startTime.getTime() - a.startTime.getTime())
      .slice(0, limit);
    response.json({ feed: toWire(feedPosition()), operations: operations.map(toWireOperation) });
  });

  routes.get('/snapshot', (request, response) => {
    const { limit } = parseQuery(snapshotQuery, request.query);
    const monitors = sessions.monitors();
    const ended = monitors
      .flatMap((monitor) => monitor.endedOperations(limit).toReversed())
      .toSorted(byLatestEnd);
    response.json({
      feed: toWire(feedPosition()),
      active: monitors.flatMap((monitor) => monitor.activeOperations).map(toWireOperation),
      ended: ended.slice(0, limit).map(toWireOperation),
    });
  });

  routes.get('/operations/:id', (request, response) => {
    const { session_id: sessionId, start_time: startTime } = parseQuery(operationQuery, request.query);
    const monitors = sessionId === undefined ? sessions.monitors() : [monitorOf(sessions, sessionId)];
    const startedAtMs = startTime === undefined ? undefined : Date.parse(startTime);
    const { monitor, operation } = findOperation(monitors, request.params.id, startedAtMs);
    const { ancestors, descendants } = findFamily(monitor.allOperations(), operation);
    response.json({
      feed: toWire(feedPosition()),
      operation: {
        ...toWireOperation(operation),
        server_name: sessions.serverNameOf(operation.sessionId),
        progress_over_time: monitor.progressOf(operation),
      },
      ancestors: ancestors.map(toWireOperation),
      descendants: descendants.map(toWireOperation),
    });
  });

  return routes;
}

export function monitorOf(sessions: SessionRegistry, id: string): RealtimeMonitor {
  const monitor = sessions.get(id);
  if (!monitor) throw new HttpError(404, 'unknown_session', 'no such session: see /api/v1/sessions');
  return monitor;
}

/** As many as can be among the latest `limit` of all sessions. */
function latestOperations(
  monitor: RealtimeMonitor,
  wanted: { operation: string | undefined; status: readonly OperationStatus[] | undefined },
  limit: number,
): readonly Operation[] {
  if (wanted.operation === undefined && wanted.status === undefined) {
    return [...monitor.activeOperations, ...monitor.endedOperations(limit)];
  }
  return monitor
    .allOperations()
    .filter(
      ({ operationName: name, status }) =>
        (wanted.operation === undefined || name === wanted.operation) &&
        (wanted.status === undefined || wanted.status.includes(status)),
    );
}

function byLatestEnd(a: Operation, b: Operation): number {
  return (b.endTime?.getTime() ?? 0) - (a.endTime?.getTime() ?? 0);
}

/** Ids are unique in their session only, and may be used again: the latest of that id, or the one that started then. */
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
    'no such operation, or not any more: see /api/v1/operations for those that are kept',
  );
}
