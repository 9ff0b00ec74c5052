import type { Operation } from '../monitor/operation.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { operationToWire, type WireOperation } from './wire-format.ts';

/**
 * The first `operations` that fit into `maxSize` characters of JSON, in wire format. The first one is always included, so
 * that pagination makes progress.
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
