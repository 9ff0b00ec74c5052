import type { ExporterApi } from '../connection/exporter-api.ts';
import { createElement, createLink, setChanged } from '../dom.ts';
import { Alerts } from '../state/alerts.ts';
import type { Live } from '../state/live.ts';
import { listProblems } from '../state/problem-list.ts';
import { Changes } from './changes.ts';

/** The answer to "Is anything wrong?", with a link for each problem. */
export class StatusLine {
  readonly #live: Live;
  readonly #alerts: Alerts;
  readonly #element = createElement('ul', 'status-line');
  readonly #changes = new Changes();

  constructor(section: HTMLElement, live: Live, api: ExporterApi) {
    this.#live = live;
    this.#alerts = new Alerts(api, () => performance.now());
    this.#element.ariaLabel = 'Problems';
    section.prepend(this.#element);
  }

  render(): void {
    if (this.#live.isCurrent) void this.#alerts.refresh();
    const { problems, calm } = listProblems(this.#live, this.#alerts.known);
    setChanged(this.#element, 'hidden', problems.length === 0 && calm === null);
    if (!this.#changes.have(calm, ...problems.flatMap(({ text, href }) => [text, href]))) return;
    const items = problems.map(({ text, href, isBad }) =>
      createElement('li', '', createLink(isBad ? 'is-bad' : 'is-warning', text, href)),
    );
    const fine = createElement('li', 'hint', calm ?? '');
    this.#element.replaceChildren(...(calm === null ? items : [fine]));
  }
}
