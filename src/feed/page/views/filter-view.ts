import { isOutcome, OUTCOME_NAMES } from '../../../monitor/outcomes.ts';
import { elementById, setChanged } from '../dom.ts';
import type { Live } from '../state/live.ts';
import { isEmpty } from '../state/operation-filter.ts';
import { NO_FILTER, type OperationFilter } from '../state/page-address.ts';

const TYPING_MS = 150;

type Choice = 'name' | 'server' | 'session';

/** The filter of the ended operations: a text and lists of values. */
export class FilterView {
  readonly #form = elementById('filter', HTMLFormElement);
  readonly #text = elementById('filter-text', HTMLInputElement);
  readonly #status = elementById('filter-status', HTMLSelectElement);
  readonly #choices = {
    name: elementById('filter-name', HTMLSelectElement),
    server: elementById('filter-server', HTMLSelectElement),
    session: elementById('filter-session', HTMLSelectElement),
  } as const satisfies Record<Choice, HTMLSelectElement>;
  readonly #clear = elementById('filter-clear', HTMLButtonElement);
  readonly #live: Live;
  readonly #onChange: (filter: OperationFilter) => void;
  #filter: OperationFilter = NO_FILTER;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #offered = '';
  #offeredSessions = -1;
  #isShown = false;

  constructor(live: Live, onChange: (filter: OperationFilter) => void) {
    this.#live = live;
    this.#onChange = onChange;
    this.#status.append(...OUTCOME_NAMES.map((status) => new Option(status, status)));
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('change', () => this.#read());
    this.#text.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#read(), TYPING_MS);
    });
    this.#clear.addEventListener('click', () => {
      this.#text.value = '';
      this.#onChange(NO_FILTER);
      this.#text.focus();
    });
    // The lists are updated when they are opened, because an open list must not change.
    for (const select of Object.values(this.#choices)) {
      for (const event of ['pointerdown', 'focus'] as const) {
        select.addEventListener(event, () => this.#offerChoices());
      }
    }
  }

  setFilter(filter: OperationFilter): void {
    this.#isShown = true;
    this.#filter = filter;
    if (document.activeElement !== this.#text) this.#text.value = filter.text ?? '';
    this.#status.value = filter.status ?? '';
    this.#offerChoices();
    setChanged(this.#clear, 'hidden', isEmpty(filter));
  }

  /** Updates the lists when sessions were added, unless one of the lists is in use. */
  render(): void {
    const count = this.#live.sessions.all.length;
    const isUsed = Object.values(this.#choices).some((select) => select === document.activeElement);
    if (count === this.#offeredSessions || isUsed) return;
    this.#offeredSessions = count;
    this.#offerChoices();
  }

  /** Ignores pending input. A hidden field may still report a change, which must not navigate back. */
  hide(): void {
    this.#isShown = false;
    clearTimeout(this.#typing);
  }

  #read(): void {
    clearTimeout(this.#typing);
    if (!this.#isShown) return;
    const { name, server, session } = this.#choices;
    const status = this.#status.value;
    this.#onChange({
      text: this.#text.value.trim() || null,
      status: isOutcome(status) ? status : null,
      name: name.value || null,
      server: server.value || null,
      session: session.value || null,
    });
  }

  /** Fills the lists. The selected value is listed even if it no longer exists. */
  #offerChoices(): void {
    const { operations, sessions } = this.#live;
    const known = {
      name: operations.endedRoots.map(({ name }) => name),
      server: sessions.all.flatMap(({ server_name: name }) => (name === null ? [] : [name])),
      session: sessions.all.map(({ session_id: id }) => id),
    };
    const offered: Record<Choice, string[]> = {
      name: distinct(known.name, this.#filter.name).toSorted(),
      server: distinct(known.server, this.#filter.server).toSorted(),
      session: distinct(known.session, this.#filter.session),
    };
    const key = JSON.stringify(offered);
    const hasChanged = key !== this.#offered;
    this.#offered = key;
    const labelOf = (choice: Choice, value: string): string =>
      choice === 'session' ? sessions.labelOf(value) : value;
    for (const choice of ['name', 'server', 'session'] as const) {
      const select = this.#choices[choice];
      if (hasChanged) {
        const [all] = select.options;
        select.replaceChildren(
          ...(all ? [all] : []),
          ...offered[choice].map((value) => new Option(labelOf(choice, value), value)),
        );
      }
      select.value = this.#filter[choice] ?? '';
      // A list with one server is useless.
      if (choice === 'server') setChanged(select, 'hidden', offered.server.length < 2 && select.value === '');
    }
  }
}

function distinct(values: readonly string[], chosen: string | null): string[] {
  return [...new Set(chosen === null ? values : [...values, chosen])];
}
