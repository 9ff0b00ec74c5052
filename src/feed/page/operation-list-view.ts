import { elementById, setChildren, setOptionalText } from './dom.ts';
import { formatCount } from './format.ts';
import { buildOperationTrees, type OperationNode } from './operation-tree.ts';
import { OperationView } from './operation-view.ts';
import type { OperationFilter } from './page-address.ts';
import type { OperationRecord, SessionOperations } from './session-operations.ts';

/** More running operations than a person reads; the rest is a number. */
const MAX_SHOWN_ACTIVE = 100;

export interface ShownOperations {
  readonly operations: SessionOperations | undefined;
  readonly filter: OperationFilter;
  /** Null where there is none to link to. */
  readonly grafanaUrl: string | null;
}

/** The active and the ended operations of one session. A row lives as long as its operation is shown. */
export class OperationListView {
  readonly #active = elementById('active-operations', HTMLUListElement);
  readonly #activeNote = elementById('active-note', HTMLParagraphElement);
  readonly #ended = elementById('ended-operations', HTMLUListElement);
  readonly #endedNote = elementById('ended-note', HTMLParagraphElement);
  #views = new Map<OperationRecord, OperationView>();
  #shown: readonly unknown[] = [];
  #grafanaUrl: string | null = null;

  render({ operations, filter, grafanaUrl }: ShownOperations, nowMs: number): void {
    const { operationName, status } = filter;
    const wanted = [operations, operations?.revision, operationName, status, grafanaUrl];
    if (wanted.length === this.#shown.length && wanted.every((part, index) => part === this.#shown[index])) {
      for (const view of this.#views.values()) view.tick(nowMs);
      return;
    }
    this.#shown = wanted;
    this.#grafanaUrl = grafanaUrl;
    const trees = buildOperationTrees(operations?.records ?? [], filter);
    const before = this.#views;
    this.#views = new Map();
    setChildren(this.#active, this.#rows(trees.active.slice(0, MAX_SHOWN_ACTIVE), before, nowMs));
    setChildren(this.#ended, this.#rows(trees.ended, before, nowMs));
    setOptionalText(this.#activeNote, activeNote(trees.active.length, filter));
    setOptionalText(this.#endedNote, endedNote(trees.ended.length, filter));
  }

  #rows(
    nodes: readonly OperationNode[],
    before: ReadonlyMap<OperationRecord, OperationView>,
    nowMs: number,
  ): HTMLElement[] {
    return nodes.map(({ record, stages }) => {
      const view = before.get(record) ?? new OperationView(record);
      this.#views.set(record, view);
      view.update(nowMs, this.#grafanaUrl);
      setChildren(view.stages, this.#rows(stages, before, nowMs));
      return view.element;
    });
  }
}

/** Such as `scan` or `failed scan`; null where all are shown. */
export function describeFilter({ operationName, status }: OperationFilter): string | null {
  const words = [status, operationName].filter((word) => word !== null);
  return words.length === 0 ? null : words.join(' ');
}

function activeNote(count: number, filter: OperationFilter): string | null {
  if (count > MAX_SHOWN_ACTIVE) return `… and ${formatCount(count - MAX_SHOWN_ACTIVE)} more.`;
  if (count > 0) return null;
  const wanted = describeFilter(filter);
  return wanted === null ? 'Nothing is running.' : `No ${wanted} is running.`;
}

function endedNote(count: number, filter: OperationFilter): string | null {
  if (count > 0) return null;
  const wanted = describeFilter(filter);
  return wanted === null ? 'Nothing has ended yet.' : `No ${wanted} among the latest ones.`;
}
