import * as fc from 'fast-check';

import type { FeedOperationEvent } from '../../../../../src/feed/feed-protocol.ts';
import type { Snapshot } from '../../../../../src/feed/page/connection/exporter-api.ts';
import { OUTCOME_NAMES, type OperationOutcome } from '../../../../../src/monitor/outcomes.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { eventOf, operationOf, timeAt } from '../feed-messages.ts';

/** The events of an exporter, and the snapshot after each. */
export interface Story {
  readonly events: readonly FeedOperationEvent[];
  /** The snapshots. The first one is before all events. */
  readonly snapshots: readonly Snapshot[];
}

interface Step {
  readonly does: 'start' | 'progress' | 'end';
  readonly session: string;
  readonly id: string;
  /** Index of the active operation of the session that is its parent or its subject. */
  readonly which: number;
  readonly isStage: boolean;
  readonly outcome: OperationOutcome;
}

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('start', 'start', 'progress', 'end', 'end'),
  session: fc.constantFrom('s', 's', 't'),
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  which: fc.nat({ max: 3 }),
  isStage: fc.boolean(),
  outcome: fc.constantFrom(...OUTCOME_NAMES),
});

/** Generates event sequences of an exporter, with reused ids and with stages that outlive their parents. */
export function stories(options: { areIdsUsedAgain: boolean }): fc.Arbitrary<Story> {
  return fc.array(step, { maxLength: 40 }).map((steps) => tell(steps, options.areIdsUsedAgain));
}

function tell(steps: readonly Step[], areIdsUsedAgain: boolean): Story {
  const told = new Teller();
  for (const [index, { does, session, id, which, isStage, outcome }] of steps.entries()) {
    const mine = told.activeIn(session);
    const meant = mine[which % Math.max(1, mine.length)];
    const newId = areIdsUsedAgain ? id : `${id}${index}`;
    const isFree = mine.every(({ operation_id: used }) => used !== newId);
    if (does === 'start' && isFree) told.start(newId, session, isStage && meant ? meant.operation_id : null);
    if (does === 'progress' && meant) told.progress(meant);
    if (does === 'end' && meant) told.end(meant, outcome);
  }
  return told;
}

/** Simulates an exporter with one event each second. */
class Teller implements Story {
  readonly events: FeedOperationEvent[] = [];
  readonly snapshots: Snapshot[] = [{ seq: 0, active: [], ended: [] }];
  readonly #active = new Set<WireOperation>();
  readonly #ended: WireOperation[] = [];

  activeIn(session: string): WireOperation[] {
    return [...this.#active].filter(({ session_id: id }) => id === session);
  }

  start(id: string, session_id: string, parent_id: string | null): void {
    const start_time = timeAt(this.#seq);
    this.#active.add(operationOf(id, { session_id, parent_id, start_time, status: 'started' }));
    this.#tell('started', id, { session_id, parent_id });
  }

  progress(operation: WireOperation): void {
    const { operation_id: id, session_id, parent_id } = operation;
    const progress = Math.min(99, operation.progress + 1);
    this.#active.delete(operation);
    this.#active.add({ ...operation, status: 'running', progress });
    this.#tell('progressed', id, { session_id, parent_id, progress });
  }

  end(operation: WireOperation, status: OperationOutcome): void {
    const { operation_id: id, session_id, parent_id, start_time } = operation;
    const end_time = timeAt(this.#seq);
    const duration = (Date.parse(end_time) - Date.parse(start_time)) / 1000;
    const progress = status === 'completed' ? 100 : operation.progress;
    this.#active.delete(operation);
    this.#ended.push({ ...operation, status, duration, progress, end_time });
    this.#tell(status, id, { session_id, parent_id, duration, progress });
  }

  /** Number of the current event. */
  get #seq(): number {
    return this.events.length + 1;
  }

  #tell(kind: FeedOperationEvent['kind'], id: string, given: Partial<FeedOperationEvent>): void {
    const seq = this.#seq;
    this.events.push(eventOf(kind, id, seq, seq, given));
    this.snapshots.push({ seq, active: [...this.#active], ended: this.#ended.toReversed() });
  }
}
