import { createElement, createLink, setChanged } from '../dom.ts';
import type { ProblemList } from '../state/problem-list.ts';
import { Changes } from './changes.ts';

/** The answer to "Is anything wrong?", with a link for each problem. */
export class StatusLine {
  readonly element = createElement('ul', 'status-line');
  readonly #changes = new Changes();

  constructor() {
    this.element.ariaLabel = 'Problems';
  }

  render({ problems, calm }: ProblemList): void {
    setChanged(this.element, 'hidden', problems.length === 0 && calm === null);
    if (!this.#changes.have(calm, ...problems.flatMap(({ text, href }) => [text, href]))) return;
    const items = problems.map(({ text, href, isBad }) =>
      createElement('li', '', createLink(isBad ? 'is-bad' : 'is-warning', text, href)),
    );
    const fine = createElement('li', 'hint', calm ?? '');
    this.element.replaceChildren(...(calm === null ? items : [fine]));
  }
}
