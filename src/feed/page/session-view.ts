import type { FeedSession } from '../feed-protocol.ts';
import { elementById, setChanged, setText } from './dom.ts';
import { formatCount, formatDateTime, formatDuration, formatPercent } from './format.ts';

const NONE = '–';

/** The chosen session's name and totals. */
export class SessionView {
  readonly #name = elementById('session-name', HTMLHeadingElement);
  readonly #status = elementById('session-status', HTMLSpanElement);
  readonly #opened = elementById('session-opened', HTMLSpanElement);
  readonly #total = elementById('total', HTMLElement);
  readonly #successRate = elementById('success-rate', HTMLElement);
  readonly #averageDuration = elementById('average-duration', HTMLElement);
  readonly #active = elementById('active', HTMLElement);
  readonly #failed = elementById('failed', HTMLElement);
  readonly #cancelled = elementById('cancelled', HTMLElement);

  render(session: FeedSession): void {
    const {
      completed_operations: completed,
      failed_operations: failed,
      cancelled_operations: cancelled,
    } = session;
    const ended = completed + failed + cancelled;
    const server = session.server_name;
    setText(
      this.#name,
      server === null || server === session.session_id
        ? session.session_id
        : `${server} · ${session.session_id}`,
    );
    setText(this.#status, session.status);
    setChanged(this.#status.dataset, 'status', session.status);
    setText(this.#opened, `since ${formatDateTime(Date.parse(session.opened_at))}`);
    setText(this.#total, formatCount(session.total_operations));
    setText(this.#successRate, ended === 0 ? NONE : formatPercent(session.success_rate));
    setText(this.#averageDuration, completed === 0 ? NONE : formatDuration(session.average_duration));
    setText(this.#active, formatCount(session.active_operations));
    setText(this.#failed, formatCount(failed));
    this.#failed.classList.toggle('is-bad', failed > 0);
    setText(this.#cancelled, formatCount(cancelled));
  }
}
