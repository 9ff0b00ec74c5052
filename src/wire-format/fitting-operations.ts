import type { Operation } from '../monitor/operation.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { operationToWire, type WireOperation } from './wire-format.ts';

/**
 * The first of `operations` that fit into `maxSize` characters of JSON, as they are sent. The first one always does, so
 * that whoever pages through them gets on.
 */
export function fittingOperations(
  operations: readonly Operation[],
  maxSize: number,
  redactor: Redactor,
): WireOperation[] {
  const fitting: WireOperation[] = [];
  let size = 0;
  for (const operation of operations) {
    const wire = operationToWire(operation, redactor);
    size += JSON.stringify(wire).length;
    if (size > maxSize && fitting.length > 0) break;
    fitting.push(wire);
  }
  return fitting;
}
