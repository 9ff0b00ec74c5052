import { elementById, setChanged } from '../dom.ts';
import { Alerts } from '../state/alerts.ts';
import { NO_FILTER, type OperationFilter, type PageAddress } from '../state/page-address.ts';
import { listProblems } from '../state/problem-list.ts';
import { FeedView } from './feed-view.ts';
import { FilterView } from './filter-view.ts';
import type { FirstCallView } from './first-call-view.ts';
import { NowView } from './now-view.ts';
import type { Page, PageContext } from './page.ts';
import { StatusLine } from './status-line.ts';

/** The live view: running operations and ended operations. */
export class LivePage implements Page {
  readonly #context: PageContext;
  readonly #panes = elementById('panes', HTMLElement);
  /** Null until it is needed. */
  #firstCall: FirstCallView | null = null;
  #isFirstCallRequested = false;
  readonly #alerts: Alerts;
  readonly #statusLine = new StatusLine();
  readonly #now: NowView;
  readonly #feed: FeedView;
  readonly #filterView: FilterView;
  #filter: OperationFilter = NO_FILTER;
  #lookedBackWith = 0;

  constructor(section: HTMLElement, context: PageContext) {
    const { live, usuals, goTo, replaceAddress } = context;
    this.#context = context;
    this.#alerts = new Alerts(context.api, () => performance.now());
    section.prepend(this.#statusLine.element);
    this.#now = new NowView(live, usuals);
    this.#feed = new FeedView(live, goTo);
    // Replaces the address, so that typing a filter does not add entries to the browser's history.
    this.#filterView = new FilterView(live, (filter) => replaceAddress({ view: 'live', filter }));
  }

  get title(): string {
    const running = this.#context.live.operations.activeRoots.length;
    return running === 0 ? '' : `${running} running`;
  }

  show(address: PageAddress): void {
    if (address.view !== 'live') return;
    this.#filter = address.filter;
    this.#filterView.setFilter(address.filter);
    this.#feed.setFilter(address.filter);
    void this.#context.live.lookBack(address.filter);
  }

  hide(): void {
    this.#feed.hide();
    this.#filterView.hide();
  }

  restoreFocus(): boolean {
    return this.#feed.restoreFocus();
  }

  render(): void {
    const { live, hasKey } = this.#context;
    const { activeRoots, endedRoots } = live.operations;
    const isEmpty = live.isLoaded && activeRoots.length + endedRoots.length === 0;
    if (live.loaded !== this.#lookedBackWith) {
      this.#lookedBackWith = live.loaded;
      void live.lookBack(this.#filter);
    }
    if (live.isCurrent) void this.#alerts.refresh();
    this.#statusLine.render(listProblems(live, this.#alerts.known));
    if (isEmpty) void this.#loadFirstCall();
    this.#firstCall?.render(isEmpty, hasKey());
    setChanged(this.#panes, 'hidden', isEmpty);
    this.#filterView.render();
    this.#now.render();
    this.#feed.render();
  }

  async #loadFirstCall(): Promise<void> {
    if (this.#isFirstCallRequested) return;
    this.#isFirstCallRequested = true;
    const loaded = await import('./first-call-view.ts').catch(() => null);
    this.#isFirstCallRequested = loaded !== null;
    if (!loaded) return;
    this.#firstCall = new loaded.FirstCallView();
    this.#context.planRender();
  }
}
