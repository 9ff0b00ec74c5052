import { successPercent } from '../../../monitor/outcome-counts.ts';
import type { FeedSession } from '../../feed-protocol.ts';
import {
  createElement,
  createPageTitle,
  createTable,
  createTableRow,
  setAttributes,
  setChanged,
  setOptionalText,
  setText,
} from '../dom.ts';
import { formatCount, formatPercent } from '../format.ts';
import type { Live } from '../state/live.ts';
import { NO_FILTER, operationHref, pageSearch } from '../state/page-address.ts';
import { conditionOfSession, type Condition } from '../state/server-condition.ts';
import { summarizeError } from '../state/error-summary.ts';
import { sortSessions, summarizeServers, type ServerSummary } from '../state/session-list.ts';
import { clientOf, countsOf, joined, serverOf, shortIdOf } from '../state/session-store.ts';
import { KeyedViews } from './keyed-views.ts';
import type { Page, PageContext } from './page.ts';
import { createTime, setAge } from './time-element.ts';

const NONE = '–';
const SHARED_COLUMNS = ['Status', 'Operations', 'Success', 'Last activity', 'Last error'];
const SERVER_COLUMNS = ['Server', 'Sessions', ...SHARED_COLUMNS];
const SESSION_COLUMNS = ['Session', 'Server', ...SHARED_COLUMNS];
const CLASSES = ['', 'where', 'status', 'number', 'number', 'when', ''];

/** The watched servers and their sessions. */
export class SessionsPage implements Page {
  readonly title = 'Sessions';
  readonly #live: Live;
  readonly #serverTable = createTable('servers', SERVER_COLUMNS, CLASSES);
  readonly #sessionTable = createTable('sessions', SESSION_COLUMNS, CLASSES);
  readonly #serverTitle = createElement('h2', '', 'Servers');
  readonly #note = createElement('p', 'hint');
  readonly #serverLines = new Lines(this.#serverTable.body, SERVER_COLUMNS);
  readonly #sessionLines = new Lines(this.#sessionTable.body, SESSION_COLUMNS);

  constructor(section: HTMLElement, { live }: PageContext) {
    this.#live = live;
    section.append(
      this.#serverTitle,
      this.#serverTable.element,
      createPageTitle('Sessions'),
      this.#note,
      this.#sessionTable.element,
    );
  }

  show(): void {
    this.render();
  }

  render(): void {
    const nowMs = this.#live.serverNowMs;
    const sessions = sortSessions(this.#live.sessions.all, nowMs);
    const servers = summarizeServers(sessions, this.#live.unreachable, nowMs);
    this.#serverLines.show(servers.map(factsOfServer), nowMs);
    this.#sessionLines.show(
      sessions.map((session) => factsOfSession(session, nowMs)),
      nowMs,
    );
    const hasServers = servers.some(({ name }) => name !== null);
    setChanged(this.#serverTitle, 'hidden', !hasServers);
    setChanged(this.#serverTable.element, 'hidden', !hasServers);
    setChanged(this.#sessionTable.element, 'hidden', sessions.length === 0);
    setOptionalText(this.#note, sessions.length === 0 && this.#live.isLoaded ? 'No sessions yet.' : null);
  }
}

/** The lines of a table. */
class Lines {
  readonly #body: HTMLElement;
  readonly #lines: KeyedViews<Facts, string | null, Line>;

  constructor(body: HTMLElement, columns: readonly string[]) {
    this.#body = body;
    this.#lines = new KeyedViews({
      parent: body,
      keyOf: ({ key }: Facts) => key,
      create: () => new Line(columns),
    });
  }

  show(all: readonly Facts[], nowMs: number): void {
    // Under the pointer and with the focus inside, rows keep their position.
    const places = this.#body.matches(':hover, :focus-within') ? this.#lines.keys : [];
    const placeOf = ({ key }: Facts): number => (places.includes(key) ? places.indexOf(key) : Infinity);
    const lines = all.toSorted((a, b) => Math.sign(placeOf(a) - placeOf(b)) || 0);
    this.#lines.show(lines, (line, facts) => line.update(facts, nowMs));
  }
}

/** The content of a line in either table. */
interface Facts {
  /** Null for operations without a server. */
  readonly key: string | null;
  readonly name: string;
  readonly title: string;
  /** Null for a line without a link. */
  readonly href: string | null;
  /** A session's server, or how many sessions a server has. */
  readonly second: string;
  readonly condition: Condition;
  readonly total: number;
  readonly successRate: number | null;
  /** Null for a server without sessions. */
  readonly lastActivityMs: number | null;
  readonly lastFailed: FeedSession | null;
}

function factsOfServer(server: ServerSummary): Facts {
  const { name, sessions, latest, condition, lastActivityMs, lastFailed, total, successRate } = server;
  return {
    key: name,
    name: name ?? 'no server',
    title: name ?? '',
    href: total > 0 || !latest ? operationsOf(name) : sessionHref(latest),
    second: `${formatCount(sessions)} session${sessions === 1 ? '' : 's'}`,
    condition,
    total,
    successRate,
    lastActivityMs,
    lastFailed,
  };
}

function operationsOf(server: string | null): string | null {
  return server === null ? null : pageSearch({ view: 'live', filter: { ...NO_FILTER, server } });
}

function sessionHref({ session_id: sessionId }: FeedSession): string {
  return pageSearch({ view: 'session', sessionId });
}

function factsOfSession(session: FeedSession, nowMs: number): Facts {
  const { session_id: id } = session;
  const client = clientOf(session);
  return {
    key: id,
    name: client === null ? id : joined(client, shortIdOf(id)),
    title: id,
    href: sessionHref(session),
    second: serverOf(session) ?? NONE,
    condition: conditionOfSession(session, nowMs),
    total: session.total_operations,
    successRate: successPercent(countsOf(session)),
    lastActivityMs: Date.parse(session.last_activity_at),
    lastFailed: session.last_failed_at === null ? null : session,
  };
}

class Line {
  readonly element: HTMLTableRowElement;
  readonly #link = createElement('a', 'name');
  readonly #second = createElement('td', 'where');
  readonly #status = createElement('span', 'session-status');
  readonly #reason = createElement('span', 'hint');
  readonly #total = createElement('td', 'number');
  readonly #success = createElement('td', 'number');
  readonly #activity = createTime('');
  readonly #failedAt = createTime('when');
  readonly #error = createElement('a', 'error-link');

  constructor(columns: readonly string[]) {
    const cells = [
      this.#second,
      createElement('td', '', this.#status),
      this.#total,
      this.#success,
      createElement('td', 'when', this.#activity),
      createElement('td', 'last-error', createElement('div', '', this.#reason, this.#failedAt, this.#error)),
    ];
    this.element = createTableRow(this.#link, cells, columns);
  }

  update(facts: Facts, nowMs: number): void {
    setText(this.#link, facts.name);
    setChanged(this.#link, 'title', facts.title);
    if (facts.href !== null) setAttributes(this.#link, { href: facts.href });
    setText(this.#second, facts.second);
    const { kind, text, reason } = facts.condition;
    setText(this.#status, text);
    setChanged(this.#status, 'title', reason ?? '');
    setChanged(this.#status.dataset, 'status', kind);
    setOptionalText(this.#reason, kind === 'bad' ? reason : null);
    setText(this.#total, formatCount(facts.total));
    setText(this.#success, facts.successRate === null ? NONE : formatPercent(facts.successRate));
    if (facts.lastActivityMs === null) setText(this.#activity, NONE);
    else setAge(this.#activity, facts.lastActivityMs, nowMs);
    this.#updateError(facts.lastFailed, nowMs);
  }

  #updateError(failed: FeedSession | null, nowMs: number): void {
    const {
      last_failed_operation: id,
      last_failed_at: at,
      last_error: error,
      session_id: sessionId,
    } = failed ?? {};
    setText(this.#error, id ? summarizeError(error ?? '') || 'failed' : '');
    setChanged(this.#error, 'title', error ?? '');
    if (!id || !at) return setText(this.#failedAt, '');
    setAttributes(this.#error, {
      href: operationHref({ id, sessionId: sessionId ?? '', startedAtMs: null }),
    });
    setAge(this.#failedAt, Date.parse(at), nowMs);
  }
}
