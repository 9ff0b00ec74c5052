import { OTHER } from '../../../monitor/traffic-events.ts';
import {
  createElement,
  createPageTitle,
  createTable,
  createTableRow,
  setChanged,
  setChildren,
  setOptionalText,
} from '../dom.ts';
import { totalsOf, type Activities } from '../state/activities.ts';
import { NO_FILTER, pageSearch } from '../state/page-address.ts';
import { activityPictures } from './activity-pictures.ts';
import type { Page, PageContext } from './page.ts';

const COLUMNS = ['Operation', 'Rate', 'p95 duration', 'Failures'];

/** Every operation of the last hour, as small pictures. */
export class OperationsPage implements Page {
  readonly title = 'Operations';
  readonly #table = createTable('pictures-table', COLUMNS);
  readonly #note = createElement('p', 'hint');
  readonly #activities: Activities;
  /** A line stays while there is one of that name: its link may have the focus. */
  #lines = new Map<string, Line>();
  #shown = -1;

  constructor(section: HTMLElement, { activities }: PageContext) {
    this.#activities = activities;
    const title = createPageTitle('Operations ', createElement('span', 'hint', 'of the last hour'));
    section.append(title, this.#note, this.#table.element);
  }

  show(): void {
    this.render();
  }

  hide(): void {
    // It has nothing of its own that goes on.
  }

  render(): void {
    void this.#activities.refresh();
    if (this.#shown === this.#activities.revision) return;
    this.#shown = this.#activities.revision;
    const { all, problem } = this.#activities;
    const busiestFirst = all.toSorted(([, a], [, b]) => totalsOf(b).count - totalsOf(a).count);
    const before = this.#lines;
    this.#lines = new Map();
    for (const [label, activity] of busiestFirst) {
      const line = before.get(label) ?? createLine(label);
      for (const [index, picture] of activityPictures(label, activity).entries()) {
        line.cells[index]?.replaceChildren(picture);
      }
      this.#lines.set(label, line);
    }
    setChildren(
      this.#table.body,
      [...this.#lines.values()].map(({ row }) => row),
    );
    setChanged(this.#table.element, 'hidden', all.length === 0);
    setOptionalText(this.#note, problem ?? (all.length === 0 ? 'Nothing has ended in the last hour.' : null));
  }
}

interface Line {
  readonly row: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
}

function createLine(label: string): Line {
  const link = createElement('a', 'name', label);
  link.href = pageSearch({ view: 'live', filter: { ...NO_FILTER, name: label } });
  // Names that nobody vouches for share one label.
  if (label === OTHER) link.title = 'Tools that no server has listed, and that no call has proved';
  const cells = COLUMNS.slice(1).map(() => createElement('td', ''));
  return { row: createTableRow(link, cells, COLUMNS), cells };
}
