import { TASK_STATUSES, type TaskStatus } from '../monitor/traffic-events.ts';
import { isRecord, textOf } from './json-rpc.ts';

const MAX_TASKS = 1000;

/** Follows the MCP tasks of one connection by what is said of them. */
export class TaskTracker {
  readonly #tasks = new Map<string, { status: TaskStatus; createdAtMs: number }>();
  readonly #onChange: (status: TaskStatus, durationMs: number | null) => void;

  constructor(onChange: (status: TaskStatus, durationMs: number | null) => void) {
    this.#onChange = onChange;
  }

  /** Takes note of anything that looks like a task: `{ taskId, status }`. */
  note(task: unknown, nowMs: number): void {
    if (!isRecord(task)) return;
    const taskId = textOf(task, 'taskId');
    const status = TASK_STATUSES.find((known) => known === task['status']);
    if (taskId === null || status === undefined) return;
    const known = this.#tasks.get(taskId);
    const isOver = status === 'completed' || status === 'failed' || status === 'cancelled';
    if (!known) {
      // Somebody asks after a task that has ended, or that began before we looked.
      if (isOver || this.#tasks.size >= MAX_TASKS) return;
      this.#tasks.set(taskId, { status, createdAtMs: nowMs });
      return this.#onChange(status, null);
    }
    if (known.status === status) return;
    known.status = status;
    if (isOver) this.#tasks.delete(taskId);
    this.#onChange(status, isOver ? nowMs - known.createdAtMs : null);
  }
}
