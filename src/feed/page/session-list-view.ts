import type { FeedSession } from '../feed-protocol.ts';
import { createElement, elementById, setChanged, setChildren, setOptionalText, setText } from './dom.ts';
import { formatAge, formatCount } from './format.ts';

/** Left of the first session on a narrow screen. */
const MARGIN_PX = 14;

/** The sessions as buttons; the chosen one is marked. */
export class SessionListView {
  readonly #panel = elementById('sessions-panel', HTMLElement);
  readonly #list = elementById('sessions', HTMLUListElement);
  readonly #count = elementById('session-count', HTMLSpanElement);
  readonly #onChoice: (sessionId: string) => void;
  #items = new Map<string, SessionItem>();
  #chosenId: string | null = null;

  constructor(onChoice: (sessionId: string) => void) {
    this.#onChoice = onChoice;
  }

  render(sessions: readonly FeedSession[], chosenId: string | null, nowMs: number): void {
    const before = this.#items;
    this.#items = new Map();
    for (const session of sessions) {
      const id = session.session_id;
      const item = before.get(id) ?? new SessionItem(id, () => this.#onChoice(id));
      item.update(session, id === chosenId, nowMs);
      this.#items.set(id, item);
    }
    setChildren(
      this.#list,
      [...this.#items.values()].map((item) => item.element),
    );
    setText(this.#count, formatCount(sessions.length));
    setChanged(this.#panel, 'hidden', sessions.length === 0);
    if (this.#chosenId !== chosenId) this.#reveal(chosenId);
  }

  /** Scrolls the list, and never the page, to the chosen session. */
  #reveal(chosenId: string | null): void {
    const item = chosenId === null ? undefined : this.#items.get(chosenId);
    if (!item) return;
    this.#chosenId = chosenId;
    const list = this.#list.getBoundingClientRect();
    const chosen = item.element.getBoundingClientRect();
    if (chosen.left < list.left || chosen.right > list.right) {
      this.#list.scrollLeft += chosen.left - list.left - MARGIN_PX;
    }
    if (chosen.top < list.top || chosen.bottom > list.bottom) this.#list.scrollTop += chosen.top - list.top;
  }
}

class SessionItem {
  readonly element = createElement('li', 'session-item');
  readonly #button = createElement('button', 'session-button');
  readonly #server = createElement('span', 'session-server');
  readonly #status = createElement('span', 'session-status');
  readonly #operations = createElement('span', 'session-operations');
  readonly #failures = createElement('span', 'session-failures');
  readonly #age = createElement('span', 'session-age');

  constructor(sessionId: string, onChoice: () => void) {
    const name = createElement('span', 'session-id', sessionId);
    name.title = sessionId;
    this.#button.type = 'button';
    this.#button.append(this.#server, name, this.#status, this.#operations, this.#failures, this.#age);
    this.#button.addEventListener('click', onChoice);
    this.element.append(this.#button);
  }

  update(session: FeedSession, isChosen: boolean, nowMs: number): void {
    setChanged(this.element.dataset, 'status', session.status);
    setChanged(this.#button, 'ariaCurrent', String(isChosen));
    setOptionalText(this.#server, session.server_name);
    setText(this.#status, session.status);
    setText(
      this.#operations,
      `${formatCount(session.total_operations)} op${session.total_operations === 1 ? '' : 's'}`,
    );
    const failures = session.failed_operations;
    setOptionalText(this.#failures, failures === 0 ? null : `${formatCount(failures)} failed`);
    setText(this.#age, formatAge((nowMs - Date.parse(session.last_activity_at)) / 1000));
  }
}
