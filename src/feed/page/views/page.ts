import type { ExporterApi } from '../connection/exporter-api.ts';
import type { Live } from '../state/live.ts';
import type { PageAddress } from '../state/page-address.ts';
import type { Usuals } from '../state/usuals.ts';

/** The dependencies of pages. */
export interface PageContext {
  readonly live: Live;
  readonly api: ExporterApi;
  readonly usuals: Usuals;
  /** Whether this exporter requires a key. */
  readonly hasKey: () => boolean;
  readonly goTo: (address: PageAddress) => void;
  /** Goes there without a new entry in the browser's history. */
  readonly replaceAddress: (address: PageAddress) => void;
  readonly planRender: () => void;
}

/** One of the pages, each with a section of index.html. */
export interface Page {
  /** The first part of the tab's title; `''` for the default title. */
  readonly title: string;
  show(address: PageAddress): void;
  /** Stops work that is needed only while the page is shown. */
  hide?(): void;
  /** Restores the focus from before the page was hidden. Returns false if that is impossible. */
  restoreFocus?(): boolean;
  render(): void;
}
