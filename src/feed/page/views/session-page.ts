import { successesOf, successPercent } from '../../../monitor/outcome-counts.ts';
import { isError, isSuccess, OUTCOME_NAMES, titleOf } from '../../../monitor/outcomes.ts';
import {
  createElement,
  createPageTitle,
  setAttributes,
  setChanged,
  setOptionalText,
  setText,
} from '../dom.ts';
import { formatCount, formatDateTime, formatDuration, formatPercent, formatUtc } from '../format.ts';
import type { FeedSession } from '../../feed-protocol.ts';
import type { Live } from '../state/live.ts';
import { conditionOfSession } from '../state/server-condition.ts';
import { layOut } from '../state/replay-timeline.ts';
import { NO_FILTER, pageSearch, type PageAddress } from '../state/page-address.ts';
import { clientOf, countsOf, joined, serverOf } from '../state/session-store.ts';
import { WatchedSession } from '../state/watched-session.ts';
import type { Page, PageContext } from './page.ts';
import { Replay } from './replay.ts';

const NONE = '–';
const NOT_SUCCEEDED = OUTCOME_NAMES.filter((outcome) => !isSuccess(outcome));
const FAILURES = OUTCOME_NAMES.filter(isError);
const TOTALS = ['Operations', 'Success rate', 'Avg duration', 'Active', ...NOT_SUCCEEDED.map(titleOf)];
/** Limits how often the replay is drawn, because it may have a thousand bars. */
const DRAW_EVERY_MS = 500;

/** One session: its totals and its replay. */
export class SessionPage implements Page {
  readonly #context: PageContext;
  readonly #live: Live;
  readonly #title = createPageTitle();
  readonly #id = createElement('code', 'hint');
  readonly #status = createElement('span', 'session-status');
  readonly #opened = createElement('span', 'hint');
  readonly #inFeed = createElement('a', '', 'Show in live view');
  readonly #problem = createElement('p', 'card');
  readonly #body = createElement('div', '');
  readonly #totals = new Map<string, HTMLElement>(TOTALS.map((name) => [name, createElement('dd', '')]));
  readonly #failures = FAILURES.map((outcome) => ({ outcome, link: createElement('a', '') }));
  readonly #replay = new Replay();
  #watched: WatchedSession | null = null;
  #drawnAtMs = -Infinity;
  #drawn: unknown = null;

  constructor(section: HTMLElement, context: PageContext) {
    this.#context = context;
    this.#live = context.live;
    const totals = [...this.#totals].map(([name, value]) =>
      createElement('div', '', createElement('dt', '', name), value),
    );
    for (const { outcome, link } of this.#failures) {
      this.#totals.get(titleOf(outcome))?.append(link);
      this.#totals.set(titleOf(outcome), link);
    }
    this.#body.append(createElement('dl', 'totals', ...totals), this.#replay.element);
    section.append(
      createElement('div', 'page-head', this.#title, this.#id, this.#status, this.#opened, this.#inFeed),
      this.#problem,
      this.#body,
    );
  }

  get title(): string {
    return this.#title.textContent;
  }

  show(address: PageAddress): void {
    if (address.view !== 'session') return;
    const { sessionId } = address;
    const { live, api, planRender } = this.#context;
    this.hide();
    this.#replay.reset();
    this.#drawn = null;
    this.#watched = new WatchedSession(sessionId, live, api, planRender);
    this.#inFeed.href = pageSearch({ view: 'live', filter: { ...NO_FILTER, session: sessionId } });
    this.render();
  }

  hide(): void {
    this.#replay.stop();
    this.#watched?.close();
    this.#watched = null;
  }

  render(): void {
    const watched = this.#watched;
    if (!watched) return;
    watched.refresh();
    setOptionalText(this.#problem, watched.problem);
    setChanged(this.#body, 'hidden', watched.problem !== null || !watched.isLoaded);
    const session = this.#live.sessions.get(watched.sessionId);
    this.#renderTitle(watched.sessionId, session);
    for (const element of [this.#status, this.#opened]) setChanged(element, 'hidden', !session);
    if (session) this.#renderTotals(session);
    this.#draw(watched);
  }

  #draw(watched: WatchedSession): void {
    const now = performance.now();
    const isStill = !watched.hasActive && this.#drawn === watched.revision;
    if (!watched.isLoaded || isStill || now - this.#drawnAtMs < DRAW_EVERY_MS) return;
    this.#drawnAtMs = now;
    this.#drawn = watched.revision;
    const { bars, lanes } = layOut(watched.roots, this.#live.nowMs);
    this.#replay.update(bars, lanes);
  }

  /** The server and the client. The id is in the title only if the client is unknown. */
  #renderTitle(id: string, session: FeedSession | undefined): void {
    const client = session ? clientOf(session) : null;
    setText(this.#title, joined(session && serverOf(session), client ?? id));
    setOptionalText(this.#id, client === null ? null : id);
  }

  #renderTotals(session: FeedSession): void {
    const counts = countsOf(session);
    const successRate = successPercent(counts);
    const { kind, text, reason } = conditionOfSession(session, this.#live.serverNowMs);
    setText(this.#status, reason === null ? text : `${text}: ${reason}`);
    setChanged(this.#status.dataset, 'status', kind);
    const openedAtMs = Date.parse(session.opened_at);
    setText(this.#opened, `since ${formatDateTime(openedAtMs)}`);
    setChanged(this.#opened, 'title', formatUtc(openedAtMs));
    const totals: Readonly<Record<string, string>> = {
      Operations: formatCount(session.total_operations),
      'Success rate': successRate === null ? NONE : formatPercent(successRate),
      'Avg duration': successesOf(counts) === 0 ? NONE : formatDuration(session.average_duration),
      Active: formatCount(session.active_operations),
      ...Object.fromEntries(NOT_SUCCEEDED.map((each) => [titleOf(each), formatCount(counts[each])])),
    };
    for (const [name, element] of this.#totals) setText(element, totals[name] ?? NONE);
    for (const { outcome, link } of this.#failures) {
      const filter = { ...NO_FILTER, session: session.session_id, status: outcome };
      link.classList.toggle('is-bad', counts[outcome] > 0);
      if (counts[outcome] > 0) setAttributes(link, { href: pageSearch({ view: 'live', filter }) });
      else link.removeAttribute('href');
    }
  }
}
