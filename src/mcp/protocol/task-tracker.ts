import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { TASK_STATUSES, type TaskStatus } from '../../monitor/traffic-events.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import { isRecord, textOf } from '../wire/json-rpc.ts';

/** Follows the MCP tasks of one connection by what is said of them. */
export class TaskTracker {
  readonly #tasks = new Map<string, { status: TaskStatus; createdAtMs: number }>();
  readonly #onChange: (status: TaskStatus, durationMs: number | null) => void;

  readonly #onLimit: OnLimit;

  constructor(onChange: (status: TaskStatus, durationMs: number | null) => void, onLimit: OnLimit) {
    this.#onChange = onChange;
    this.#onLimit = onLimit;
  }

  /** Takes note of anything that looks like a task: `{ taskId, status }`. */
  note(task: unknown, nowMs: number): void {
    if (!isRecord(task)) return;
    const id = textOf(task, 'taskId');
    const status = TASK_STATUSES.find((known) => known === task['status']);
    if (id === null || status === undefined) return;
    const taskId = wireKey(id);
    const known = this.#tasks.get(taskId);
    const isOver = status === 'completed' || status === 'failed' || status === 'cancelled';
    if (!known) {
      // Somebody asks after a task that has ended, or that began before we looked.
      if (isOver) return;
      if (this.#tasks.size >= LIMITS.tasks_per_connection.max) this.#forgetOldest();
      this.#tasks.set(taskId, { status, createdAtMs: nowMs });
      return this.#onChange(status, null);
    }
    if (known.status === status) return;
    known.status = status;
    if (isOver) this.#tasks.delete(taskId);
    this.#onChange(status, isOver ? nowMs - known.createdAtMs : null);
  }

  #forgetOldest(): void {
    for (const oldest of this.#tasks.keys()) {
      this.#tasks.delete(oldest);
      return this.#onLimit('tasks_per_connection');
    }
  }
}
