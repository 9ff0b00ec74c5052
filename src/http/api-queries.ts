import { z } from 'zod';

import { OPERATION_STATUSES, type OperationStatus } from '../monitor/operation.ts';
import { KEPT_OPERATIONS } from '../monitor/retention.ts';
import { CURSOR_PATTERN } from './operation-order.ts';
import { identifier, numberParameter, operationName, searchText, serverName } from './query-parameters.ts';

// The queries of `/api/v1`, as the routes read them and the OpenAPI document describes them.

const MAX_DAYS = 3650;

export const noQuery = z.strictObject({});
export const summaryQuery = z.strictObject({
  operation: operationName.optional(),
  hours: numberParameter(
    z
      .number()
      .positive()
      .max(MAX_DAYS * 24),
    24,
  ),
});
export const trendQuery = z.strictObject({
  operation: operationName,
  days: numberParameter(z.number().int().min(1).max(MAX_DAYS), 7),
});
export const activityQuery = z.strictObject({
  operation: operationName.optional(),
  minutes: numberParameter(z.number().int().min(1).max(60), 60),
});

const STATUSES = `one or more of ${OPERATION_STATUSES.join(', ')}, separated by commas`;
const isStatus = (text: string): text is OperationStatus =>
  OPERATION_STATUSES.some((known) => known === text);

const statusList = z
  .string({ error: `expected ${STATUSES}` })
  .transform((text) => text.split(','))
  .refine((parts): parts is OperationStatus[] => parts.every(isStatus), `expected ${STATUSES}`)
  // JSON Schema has no words for the split.
  .meta({ type: 'array', items: { type: 'string', enum: OPERATION_STATUSES } });

const EXPECTED_CURSOR = 'expected the value of `next` from the previous page';
const cursorParameter = z.string({ error: EXPECTED_CURSOR }).regex(CURSOR_PATTERN, EXPECTED_CURSOR);

export const operationsQuery = z.strictObject({
  session_id: identifier.optional(),
  server: serverName.optional(),
  operation: operationName.optional(),
  status: statusList.optional(),
  text: searchText.optional(),
  limit: numberParameter(z.number().int().min(1).max(KEPT_OPERATIONS), 100),
  cursor: cursorParameter.optional(),
});
export const snapshotQuery = z.strictObject({
  limit: numberParameter(z.number().int().min(1).max(KEPT_OPERATIONS), 500),
  cursor: cursorParameter.optional(),
});
export const operationQuery = z.strictObject({
  session_id: identifier.optional(),
  start_time: z.iso.datetime({ error: 'expected the start_time of an operation' }).optional(),
  limit: numberParameter(z.number().int().min(1).max(KEPT_OPERATIONS), 500),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, EXPECTED_CURSOR)
    .optional(),
});
