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
import { Activities, byTrouble, type ActivityRow } from '../state/activities.ts';
import { UNKNOWN_TOOLS } from '../state/operation-record.ts';
import { NO_FILTER, pageSearch } from '../state/page-address.ts';
import { activityPictures } from './activity-pictures.ts';
import { Changes } from './changes.ts';
import { KeyedViews } from './keyed-views.ts';
import type { Page, PageContext } from './page.ts';

const NONE = '–';
const COLUMNS = ['Operation', 'Server', 'Rate', 'p95 duration', 'Failures'];

/** Every operation of each server in the last hour, as small charts. */
export class OperationsPage implements Page {
  readonly title = 'Operations';
  readonly #table = createTable('pictures-table', COLUMNS, ['', 'where']);
  readonly #note = createElement('p', 'hint');
  readonly #origin = createElement('p', 'hint');
  readonly #activities: Activities;
  readonly #lines = new KeyedViews({
    parent: this.#table.body,
    keyOf: ({ label, serverName }: ActivityRow) => JSON.stringify([label, serverName]),
    create: createLine,
  });
  readonly #changes = new Changes();

  constructor(section: HTMLElement, { live, api }: PageContext) {
    this.#activities = new Activities(live, api, () => performance.now());
    const title = createPageTitle('Operations ', createElement('span', 'hint', 'in the last hour'));
    section.append(title, this.#origin, this.#note, this.#table.element);
  }

  show(): void {
    this.render();
  }

  render(): void {
    void this.#activities.refresh();
    if (!this.#changes.have(this.#activities.revision)) return;
    const { all, problem, note } = this.#activities;
    setOptionalText(this.#origin, note);
    this.#lines.show(all.toSorted(byTrouble), ({ cells }, { label, activity }) => {
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

interface Line {
  readonly element: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
}

function createLine({ label, serverName }: ActivityRow): Line {
  const name = label === OTHER ? UNKNOWN_TOOLS : label;
  const filter = { ...NO_FILTER, name: label, server: serverName };
  const link = createLink('name', name, pageSearch({ view: 'live', filter }));
  link.title = label === OTHER ? 'Tools that no server has listed and no call has confirmed' : name;
  const server = createElement('td', 'where', serverName ?? NONE);
  server.title = serverName ?? '';
  const cells = COLUMNS.slice(2).map(() => createElement('td', ''));
  return { element: createTableRow(link, [server, ...cells], COLUMNS), cells };
}
