import { elementById, setChanged } from '../dom.ts';
import { NO_FILTER, type OperationFilter, type PageAddress } from '../state/page-address.ts';
import { FeedView } from './feed-view.ts';
import { FilterView } from './filter-view.ts';
import type { FirstCallView } from './first-call-view.ts';
import { Lazy } from './lazy.ts';
import { NowView } from './now-view.ts';
import type { Page, PageContext } from './page.ts';
import type { StatusLine } from './status-line.ts';

/** The live view: running operations and ended operations. */
export class LivePage implements Page {
  readonly #context: PageContext;
  readonly #panes = elementById('panes', HTMLElement);
  readonly #firstCall: Lazy<FirstCallView>;
  readonly #statusLine: Lazy<StatusLine>;
  readonly #now: NowView;
  readonly #feed: FeedView;
  readonly #filterView: FilterView;
  #filter: OperationFilter = NO_FILTER;
  #lookedBackWith = 0;

  constructor(section: HTMLElement, context: PageContext) {
    const { live, api, usuals, goTo, replaceAddress, planRender } = context;
    this.#context = context;
    this.#firstCall = new Lazy(
      async () => new (await import('./first-call-view.ts')).FirstCallView(),
      planRender,
    );
    this.#statusLine = new Lazy(
      async () => new (await import('./status-line.ts')).StatusLine(section, live, api),
      planRender,
    );
    // It has nothing to show before the first answers, so it is loaded together with them.
    this.#statusLine.load();
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
    this.#statusLine.load()?.render();
    const firstCall = isEmpty ? this.#firstCall.load() : this.#firstCall.loaded;
    firstCall?.render(isEmpty, hasKey());
    setChanged(this.#panes, 'hidden', isEmpty);
    this.#filterView.render();
    this.#now.render();
    this.#feed.render();
  }
}
