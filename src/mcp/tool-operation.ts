import type { RealtimeMonitor } from '../monitor/realtime-monitor.ts';
import type { CancellationReason } from '../monitor/traffic-events.ts';
import { textOf } from './json-rpc.ts';

const MAX_TEXT = 500;

/** How a request ended. */
export interface RequestEnd {
  /** `''` on success; else the JSON-RPC code, `tool_error`, `cancelled`, `timeout` and the like. */
  readonly errorType: string;
  readonly error?: string;
  readonly cancellation?: CancellationReason;
  readonly inputRequired?: boolean;
}

/** The operation that a `tools/call` is, in the session that it belongs to. */
export class ToolOperation {
  readonly #monitor: RealtimeMonitor;
  readonly #id: string;

  constructor(monitor: RealtimeMonitor, operationName: string, requestedTool: string) {
    this.#monitor = monitor;
    const details =
      operationName === requestedTool ? {} : { requested_tool: requestedTool.slice(0, MAX_TEXT) };
    this.#id = monitor.startMonitoring(operationName, undefined, details);
  }

  /** Runs `fn` so that the operations it starts become stages of this one. */
  run(fn: () => void): void {
    this.#monitor.within(this.#id, fn);
  }

  /** Follows a progress notification. Without a total it says that there is progress, not how much is left. */
  progress(params: Readonly<Record<string, unknown>>): void {
    const { progress, total } = params;
    const ratio = typeof progress === 'number' && typeof total === 'number' ? progress / total : NaN;
    const last = this.#monitor.operations.get(this.#id)?.progress ?? 0;
    const percent = ratio >= 0 ? Math.min(ratio * 100, 100) : last;
    const message = textOf(params, 'message');
    this.#monitor.updateProgress(
      this.#id,
      percent,
      message === null ? {} : { message: message.slice(0, MAX_TEXT) },
    );
  }

  end({ errorType, error = errorType, cancellation }: RequestEnd): void {
    const text = error.slice(0, MAX_TEXT);
    if (cancellation) this.#monitor.cancelMonitoring(this.#id, text);
    else if (errorType === '') this.#monitor.stopMonitoring(this.#id);
    else this.#monitor.stopMonitoring(this.#id, { error: text, error_type: errorType }, false);
  }
}
