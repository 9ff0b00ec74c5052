import { createElement, elementById, setChanged, setOptionalText } from '../dom.ts';
import { pageSearch, parsePageAddress, type PageAddress } from '../state/page-address.ts';
import type { Page, PageContext } from './page.ts';

type View = PageAddress['view'];

/** Each is loaded when it is first shown. */
const LOADERS: Readonly<Record<View, (section: HTMLElement, context: PageContext) => Promise<Page>>> = {
  live: async (...given) => new (await import('./live-page.ts')).LivePage(...given),
  operations: async (...given) => new (await import('./operations-page.ts')).OperationsPage(...given),
  sessions: async (...given) => new (await import('./sessions-page.ts')).SessionsPage(...given),
  operation: async (...given) => new (await import('./operation-page.ts')).OperationPage(...given),
  session: async (...given) => new (await import('./session-page.ts')).SessionPage(...given),
};

/** What each needs beside the styles that come with index.html. */
const STYLES: Readonly<Record<View, readonly string[]>> = {
  live: [],
  operations: ['pages.css', 'tables.css'],
  sessions: ['pages.css', 'tables.css'],
  operation: ['pages.css', 'operation.css'],
  session: ['pages.css', 'session.css'],
};

const TITLE = 'mcp-exporter';

/** Which page is shown, by the address: links lead from one to the other without a reload. */
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
  /** It could not be loaded while the exporter was away: once that is back, it is loaded. */
  #isAwaited = false;

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

  /** Shows what the address says. */
  open(): void {
    void this.#open(parsePageAddress(location.search));
  }

  render(): void {
    if (this.#isAwaited && this.#context.live.isConnected) this.open();
    this.#shown?.render();
    this.renderTitle();
  }

  /** All that can be seen of a tab that is behind others. */
  renderTitle(): void {
    const title = this.#shown?.title ?? '';
    setChanged(document, 'title', title === '' ? TITLE : `${title} – ${TITLE}`);
  }

  async #open(address: PageAddress): Promise<void> {
    const { view } = address;
    this.#address = address;
    this.#isAwaited = false;
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
    setOptionalText(
      this.#problem,
      page ? null : 'This part of the page could not be loaded. Reload it once the exporter is back.',
    );
    this.#isAwaited = page === null && !this.#context.live.isConnected;
    if (!page) return;
    this.#shown = page;
    page.show(address);
    this.#context.planRender();
  }

  /** Null where it cannot be loaded: the exporter is away, or another version of it has other files. */
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

  /** Reading goes on where it was; and after the way forth, too. */
  async #goBack(): Promise<void> {
    const address = parsePageAddress(location.search);
    await this.#open(address);
    if (this.#address !== address || this.#shown?.restoreFocus?.()) return;
    this.#startReading(address);
  }

  /** Where a link has led, reading goes on. */
  async #follow(address: PageAddress): Promise<void> {
    await this.#open(address);
    if (this.#address === address) this.#startReading(address);
  }

  #startReading(address: PageAddress): void {
    scrollTo(0, 0);
    const titles = [...this.#sections[address.view].querySelectorAll<HTMLElement>('h2')];
    titles.find((title) => title.checkVisibility())?.focus({ preventScroll: true });
  }

  /** A plain click on a link to another page of this one; anything else is the browser's. */
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

/** The page as it opens has no query. */
function hrefOf(address: PageAddress): string {
  return pageSearch(address) || location.pathname;
}
