import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

const COLUMNS = 24;
/** Row ids start above all panel ids. */
const FIRST_ROW_ID = 1000;

/** Related panels under a heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

export function section(title: string, ...panels: Builder<Panel>[]): Section {
  return { title, panels };
}

/** Places the panels from left to right and top to bottom. Each section starts a new line. */
export function layOut(sections: readonly Section[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const [index, { title, panels }] of sections.entries()) {
    placed.push(row(FIRST_ROW_ID + index, title, y));
    y += 1;
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
      placed.push({ ...panel, gridPos: { x, y, w, h } });
      x += w;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return placed;
}

function row(id: number, title: string, y: number): RowPanel {
  return { type: 'row', id, title, collapsed: false, panels: [], gridPos: { x: 0, y, w: COLUMNS, h: 1 } };
}
