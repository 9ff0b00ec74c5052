import { createButton, createElement, elementById, setChanged } from '../dom.ts';
import { pageSearch, parsePageAddress, type PageAddress } from '../state/page-address.ts';
import type { Page, PageContext } from './page.ts';

type View = PageAddress['view'];

/** Pages are loaded when they are first shown. */
const LOADERS: Readonly<Record<View, (section: HTMLElement, context: PageContext) => Promise<Page>>> = {
  live: async (...given) => new (await import('./live-page.ts')).LivePage(...given),
  operations: async (...given) => new (await import('./operations-page.ts')).OperationsPage(...given),
  sessions: async (...given) => new (await import('./sessions-page.ts')).SessionsPage(...given),
  operation: async (...given) => new (await import('./operation-page.ts')).OperationPage(...given),
  session: async (...given) => new (await import('./session-page.ts')).SessionPage(...given),
};

/** The styles that each page needs in addition to those of index.html. */
const STYLES: Readonly<Record<View, readonly string[]>> = {
  live: [],
  operations: ['pages.css', 'tables.css'],
  sessions: ['pages.css', 'tables.css'],
  operation: ['pages.css', 'operation.css'],
  session: ['pages.css', 'session.css'],
};

const TITLE = 'mcp-exporter';

/** Shows the page of the current address. Links between pages do not reload. */
export class Pages {
  readonly #context: PageContext;
  readonly #sections: Readonly<Record<View, HTMLElement>> = {
    live: elementById('live', HTMLElement),
    operations: elementById('operations', HTMLElement),
    sessions: elementById('sessions', HTMLElement),
    operation: elementById('operation', HTMLElement),
    session: elementById('session', HTMLElement),
  };
  readonly #problem = elementById('load-problem', HTMLElement);
  readonly #pages = new Map<View, Promise<Page>>();
  readonly #styles = new Map<string, Promise<void>>();
  #address: PageAddress = parsePageAddress('');
  #shown: Page | null = null;
  /** The page could not be loaded while the exporter was unreachable, and is loaded after reconnecting. */
  #mustReload = false;

  constructor(context: Omit<PageContext, 'goTo' | 'replaceAddress'>) {
    this.#context = {
      ...context,
      goTo: (address) => this.#goTo(address),
      replaceAddress: (address) => {
        history.replaceState(null, '', hrefOf(address));
        void this.#open(address);
      },
    };
    document.addEventListener('click', (event) => this.#onClick(event));
    window.addEventListener('popstate', () => void this.#goBack());
  }

  /** Shows the page of the current address. */
  open(): void {
    void this.#open(parsePageAddress(location.search));
  }

  render(): void {
    if (this.#mustReload && this.#context.live.isCurrent) this.open();
    this.#shown?.render();
    this.renderTitle();
  }

  /** Updates the title, which is visible even in a background tab. */
  renderTitle(): void {
    const title = this.#shown?.title ?? '';
    setChanged(document, 'title', title === '' ? TITLE : `${title} – ${TITLE}`);
  }

  async #open(address: PageAddress): Promise<void> {
    const { view } = address;
    this.#address = address;
    this.#mustReload = false;
    this.#shown?.hide?.();
    this.#shown = null;
    for (const [name, section] of Object.entries(this.#sections))
      setChanged(section, 'hidden', name !== view);
    document.body.dataset['view'] = view;
    for (const link of document.querySelectorAll('nav a')) {
      link.ariaCurrent = link.getAttribute('data-view') === view ? 'page' : null;
    }
    const page = await this.#load(view);
    if (this.#address !== address) return;
    this.#showLoadProblem(page === null);
    if (!page) return;
    this.#shown = page;
    page.show(address);
    this.#context.planRender();
  }

  /** If the exporter answers, it was updated and has other files. Otherwise the page is loaded after reconnecting. */
  #showLoadProblem(isShown: boolean): void {
    const { isCurrent } = this.#context.live;
    this.#mustReload = isShown && !isCurrent;
    setChanged(this.#problem, 'hidden', !isShown);
    if (!isShown) return;
    const text = isCurrent
      ? 'Cannot load this page, probably because the exporter was updated. Reload to use the new version.'
      : 'Cannot load this page while the exporter is unreachable. Retrying after it is back.';
    const reload = createButton('', 'Reload', () => location.reload());
    this.#problem.replaceChildren(createElement('p', '', text), ...(isCurrent ? [reload] : []));
  }

  /** Null if loading failed: the exporter is unreachable, or another version of it has other files. */
  async #load(view: View): Promise<Page | null> {
    try {
      await Promise.all(STYLES[view].map((name) => this.#loadStyles(name)));
      const page = this.#pages.get(view) ?? LOADERS[view](this.#sections[view], this.#context);
      this.#pages.set(view, page);
      return await page;
    } catch (error) {
      this.#pages.delete(view);
      console.error(error);
      return null;
    }
  }

  #loadStyles(name: string): Promise<void> {
    const known = this.#styles.get(name);
    if (known) return known;
    const loading = loadStyles(`./${name}`);
    this.#styles.set(name, loading);
    loading.catch(() => this.#styles.delete(name));
    return loading;
  }

  #goTo(address: PageAddress): void {
    history.pushState(null, '', hrefOf(address));
    void this.#follow(address);
  }

  /** Restores the focus after going back or forward. */
  async #goBack(): Promise<void> {
    const address = parsePageAddress(location.search);
    await this.#open(address);
    if (this.#address !== address || this.#shown?.restoreFocus?.()) return;
    this.#focusTitle(address);
  }

  /** Moves the focus to the title of the new page, so that screen readers continue there. */
  async #follow(address: PageAddress): Promise<void> {
    await this.#open(address);
    if (this.#address === address) this.#focusTitle(address);
  }

  #focusTitle(address: PageAddress): void {
    scrollTo(0, 0);
    const titles = [...this.#sections[address.view].querySelectorAll<HTMLElement>('h2')];
    titles.find((title) => title.checkVisibility())?.focus({ preventScroll: true });
  }

  /** Handles plain clicks on links between pages. The browser handles all others. */
  #onClick(event: MouseEvent): void {
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const href = link?.getAttribute('href') ?? '';
    if (event.defaultPrevented || !isPlain || !(href === './' || href.startsWith('?'))) return;
    event.preventDefault();
    this.#goTo(parsePageAddress(href === './' ? '' : href));
  }
}

function loadStyles(href: string): Promise<void> {
  const link = createElement('link', '');
  link.rel = 'stylesheet';
  link.href = href;
  return new Promise((resolve, reject) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => reject(new Error(`${href} could not be loaded`)));
    document.head.append(link);
  });
}

/** The live view without a filter has no query. */
function hrefOf(address: PageAddress): string {
  return pageSearch(address) || location.pathname;
}
