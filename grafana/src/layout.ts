import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

const COLUMNS = 24;
/** Row ids start above all panel ids. */
const FIRST_ROW_ID = 1000;

/** Related panels under a heading. */
export interface Section {
  readonly title: string;
  /** Whether the panels are hidden until a click on the title. */
  readonly isCollapsed: boolean;
  readonly panels: readonly Builder<Panel>[];
}

export function section(title: string, ...panels: Builder<Panel>[]): Section {
  return { title, panels, isCollapsed: false };
}

/** A section of panels that are rarely used. The title says what it contains, and Grafana queries nothing until it is open. */
export function collapsed(title: string, ...panels: Builder<Panel>[]): Section {
  return { title, panels, isCollapsed: true };
}

/** Places the panels from left to right and top to bottom. Each section starts a new line. */
export function layOut(sections: readonly Section[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const [index, { title, panels, isCollapsed }] of sections.entries()) {
    const row = rowPanel(FIRST_ROW_ID + index, title, y);
    const { inside, height } = placePanels(panels, y + 1);
    if (isCollapsed) placed.push({ ...row, collapsed: true, panels: inside });
    else placed.push(row, ...inside);
    // Grafana moves the sections below when it opens a collapsed one.
    y += isCollapsed ? 1 : 1 + height;
  }
  return placed;
}

/** Places the panels of a section, whose first line is at `top`. */
function placePanels(panels: readonly Builder<Panel>[], top: number): { inside: Panel[]; height: number } {
  const inside: Panel[] = [];
  let y = top;
  let x = 0;
  let lineHeight = 0;
  for (const builder of panels) {
    const panel = builder.build();
    const { w = 0, h = 0 } = panel.gridPos ?? {};
    if (x + w > COLUMNS) {
      x = 0;
      y += lineHeight;
      lineHeight = 0;
    }
    inside.push({ ...panel, gridPos: { x, y, w, h } });
    x += w;
    lineHeight = Math.max(lineHeight, h);
  }
  return { inside, height: y + lineHeight - top };
}

function rowPanel(id: number, title: string, y: number): RowPanel {
  return { type: 'row', id, title, collapsed: false, panels: [], gridPos: { x: 0, y, w: COLUMNS, h: 1 } };
}
