import type { OperationStatus } from '../../../monitor/operation.ts';
import { mapOutcomes, OUTCOMES } from '../../../monitor/outcomes.ts';
import { createElement, setChanged, setText } from '../dom.ts';

/** Each status has its own sign, because some people cannot distinguish the colors. */
const SIGNS: Readonly<Record<OperationStatus, string>> = {
  started: '○',
  running: '◐',
  ...mapOutcomes((outcome) => OUTCOMES[outcome].sign),
};

/** A status as a sign, and as a word for screen readers. */
export class StatusSign {
  readonly element = createElement('span', 'sign');
  readonly #sign = createElement('span', '');
  readonly #word = createElement('span', 'unseen');

  constructor() {
    this.#sign.ariaHidden = 'true';
    this.element.append(this.#sign, this.#word);
  }

  update(status: OperationStatus): void {
    setChanged(this.element.dataset, 'status', status);
    setText(this.#sign, SIGNS[status]);
    setText(this.#word, status);
  }
}
