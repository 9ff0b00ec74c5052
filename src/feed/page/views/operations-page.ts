import { OTHER } from '../../../monitor/other-label.ts';
import {
  createElement,
  createLink,
  createPageTitle,
  createTable,
  createTableRow,
  setChanged,
  setOptionalText,
} from '../dom.ts';
import type { Activity } from '../connection/exporter-api.ts';
import { totalsOf, type Activities } from '../state/activities.ts';
import { UNKNOWN_TOOLS } from '../state/operation-record.ts';
import { NO_FILTER, pageSearch } from '../state/page-address.ts';
import { activityPictures } from './activity-pictures.ts';
import { Changes } from './changes.ts';
import { KeyedViews } from './keyed-views.ts';
import type { Page, PageContext } from './page.ts';

const COLUMNS = ['Operation', 'Rate', 'p95 duration', 'Failures'];

/** Every operation of the last hour, as small charts. */
export class OperationsPage implements Page {
  readonly title = 'Operations';
  readonly #table = createTable('pictures-table', COLUMNS);
  readonly #note = createElement('p', 'hint');
  readonly #activities: Activities;
  readonly #lines = new KeyedViews({
    parent: this.#table.body,
    keyOf: ([label]: readonly [label: string, Activity]) => label,
    create: ([label]) => createLine(label),
  });
  readonly #changes = new Changes();

  constructor(section: HTMLElement, { activities }: PageContext) {
    this.#activities = activities;
    const title = createPageTitle('Operations ', createElement('span', 'hint', 'in the last hour'));
    section.append(title, this.#note, this.#table.element);
  }

  show(): void {
    this.render();
  }

  render(): void {
    void this.#activities.refresh();
    if (!this.#changes.have(this.#activities.revision)) return;
    const { all, problem } = this.#activities;
    this.#lines.show(all.toSorted(byTrouble), ({ cells }, [label, activity]) => {
      for (const [index, picture] of activityPictures(label, activity).entries()) {
        cells[index]?.replaceChildren(picture);
      }
    });
    setChanged(this.#table.element, 'hidden', all.length === 0);
    setOptionalText(
      this.#note,
      problem ?? (all.length === 0 ? 'No operations ended in the last hour.' : null),
    );
  }
}

/** Most failures first, then the busiest. */
function byTrouble([, a]: readonly [string, Activity], [, b]: readonly [string, Activity]): number {
  return totalsOf(b).failed - totalsOf(a).failed || totalsOf(b).count - totalsOf(a).count;
}

interface Line {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
}

function createLine(label: string): Line {
  const name = label === OTHER ? UNKNOWN_TOOLS : label;
  const link = createLink('name', name, pageSearch({ view: 'live', filter: { ...NO_FILTER, name: label } }));
  if (label === OTHER) link.title = 'Tools that no server has listed and no call has confirmed';
  const cells = COLUMNS.slice(1).map(() => createElement('td', ''));
  return { element: createTableRow(link, cells, COLUMNS), cells };
}
