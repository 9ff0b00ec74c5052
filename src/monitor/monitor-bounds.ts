import { DetailsBudget } from './details-budget.ts';
import { LIMITS, type OnLimit } from './limits.ts';
import { NameTable } from './name-table.ts';
import { Redactor } from '../redaction/redactor.ts';

export interface MonitorBoundsOptions {
  readonly onLimit?: OnLimit;
  /** @defaultValue a redactor without custom patterns */
  readonly redactor?: Redactor;
  /** @defaultValue the limit `operations_per_session` */
  readonly maxActiveOperations?: number;
  /** @defaultValue the limit `details_total` */
  readonly maxDetails?: number;
}

/** Limits and tables that the monitors of all sessions share. */
export class MonitorBounds {
  readonly onLimit: OnLimit;
  readonly names: NameTable;
  readonly details: DetailsBudget;
  readonly maxActiveOperations: number;
  /** Shortens large details and errors. */
  readonly redactor: Redactor;

  constructor(options: MonitorBoundsOptions = {}) {
    const { onLimit = () => undefined, maxActiveOperations = LIMITS.operations_per_session.max } = options;
    this.onLimit = onLimit;
    this.names = new NameTable(onLimit);
    this.details = new DetailsBudget(onLimit, options.maxDetails);
    this.maxActiveOperations = maxActiveOperations;
    this.redactor = options.redactor ?? new Redactor();
  }
}
