import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { TASK_STATUSES, type TaskStatus } from '../../monitor/traffic-events.ts';
import { wireKey } from '../../monitor/wire-name.ts';
import { isRecord, textOf } from '../wire/json-rpc.ts';

interface Task {
  status: TaskStatus;
  readonly createdAtMs: number;
}

/** Tracks the MCP tasks of one connection by the status messages about them. */
export class TaskTracker {
  readonly #tasks = new Map<string, Task>();
  readonly #onChange: (status: TaskStatus, durationMs: number | null) => void;
  readonly #onLimit: OnLimit;

  constructor(onChange: (status: TaskStatus, durationMs: number | null) => void, onLimit: OnLimit) {
    this.#onChange = onChange;
    this.#onLimit = onLimit;
  }

  /** Records anything that has the shape of a task: `{ taskId, status }`. */
  note(task: unknown, nowMs: number): void {
    if (!isRecord(task)) return;
    const id = textOf(task, 'taskId');
    const status = TASK_STATUSES.find((known) => known === task['status']);
    if (id === null || status === undefined) return;
    const taskId = wireKey(id);
    const known = this.#tasks.get(taskId);
    if (known) this.#change(taskId, known, status, nowMs);
    else this.#create(taskId, status, nowMs);
  }

  #create(taskId: string, status: TaskStatus, nowMs: number): void {
    // The task has ended already, or it began before the connection was observed.
    if (isOver(status)) return;
    if (this.#tasks.size >= LIMITS.tasks_per_connection.max) this.#forgetOldest();
    this.#tasks.set(taskId, { status, createdAtMs: nowMs });
    this.#onChange(status, null);
  }

  #change(taskId: string, task: Task, status: TaskStatus, nowMs: number): void {
    if (task.status === status) return;
    task.status = status;
    if (isOver(status)) this.#tasks.delete(taskId);
    this.#onChange(status, isOver(status) ? nowMs - task.createdAtMs : null);
  }

  #forgetOldest(): void {
    for (const oldest of this.#tasks.keys()) {
      this.#tasks.delete(oldest);
      return this.#onLimit('tasks_per_connection');
    }
  }
}

function isOver(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
