import type { ExporterApi } from '../connection/exporter-api.ts';
import type { Activities } from '../state/activities.ts';
import type { Live } from '../state/live.ts';
import type { PageAddress } from '../state/page-address.ts';
import type { Usuals } from '../state/usuals.ts';

/** What pages are made from. */
export interface PageContext {
  readonly live: Live;
  readonly api: ExporterApi;
  readonly usuals: Usuals;
  readonly activities: Activities;
  /** Whether this exporter has asked for a key. */
  readonly hasKey: () => boolean;
  readonly goTo: (address: PageAddress) => void;
  /** Goes there without a step that leads back. */
  readonly replaceAddress: (address: PageAddress) => void;
  readonly planRender: () => void;
}

/** One of the pages, each with a section of index.html. It is shown with one address after another. */
export interface Page {
  /** What the tab is called; `''` for nothing of its own. */
  readonly title: string;
  show(address: PageAddress): void;
  /** Ends what goes on only while it is shown. */
  hide?(): void;
  /** Gives the focus back to what had it when the page was hidden; false where it cannot. */
  restoreFocus?(): boolean;
  render(): void;
}
