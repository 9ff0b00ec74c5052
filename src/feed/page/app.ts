import type { WireOperation } from '../../monitor/wire-format.ts';
import type { ServerMessage } from '../feed-protocol.ts';
import { ConnectionView } from './connection-view.ts';
import { elementById, keepFocus, setChanged, setOptionalText, setText } from './dom.ts';
import { FeedConnection, type ConnectionState } from './feed-connection.ts';
import { FeedState } from './feed-state.ts';
import { formatTime } from './format.ts';
import { overviewUrl } from './grafana-links.ts';
import { createKeyStore } from './key-store.ts';
import { describeFilter, OperationListView } from './operation-list-view.ts';
import { feedUrl, pageSearch, parsePageAddress, type PageAddress } from './page-address.ts';
import { chooseSession, sortSessions } from './session-choice.ts';
import { MAX_ENDED_OPERATIONS } from './session-operations.ts';
import { SessionListView } from './session-list-view.ts';
import { SessionView } from './session-view.ts';

const ANSWER_WITHIN_MS = 5000;
const CLOCK_TICK_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 200;

const state = new FeedState();
const keys = createKeyStore(() => sessionStorage);
const connection = new FeedConnection({
  openSocket: (protocols, listener) => {
    const socket = new WebSocket(feedUrl(document.baseURI), protocols);
    socket.addEventListener('message', (event) => listener.received(String(event.data)));
    socket.addEventListener('close', () => listener.closed());
    return socket;
  },
  probe: async (key) => (await get('./api/v1/sessions', key))?.status ?? null,
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  keys,
  onMessage: receive,
  onState: showConnection,
});

const connectionView = new ConnectionView({
  retry: () => connection.connect(),
  useKey: (key) => connection.useKey(key),
});
const sessionListView = new SessionListView((sessionId) => goTo({ ...address, sessionId }));
const sessionView = new SessionView();
const operationListView = new OperationListView();
const page = {
  version: elementById('version', HTMLSpanElement),
  dashboards: elementById('dashboards', HTMLAnchorElement),
  session: elementById('session', HTMLElement),
  noSession: elementById('no-session', HTMLElement),
  unknownSession: elementById('unknown-session', HTMLParagraphElement),
  mcpUrl: elementById('mcp-url', HTMLElement),
  silence: elementById('silence', HTMLSpanElement),
  filter: elementById('filter', HTMLParagraphElement),
  filterName: elementById('filter-name', HTMLElement),
  clearFilter: elementById('clear-filter', HTMLButtonElement),
  keyNote: elementById('key-note', HTMLSpanElement),
};

let address = parsePageAddress(location.search);
let shownId: string | null = null;
let watchedId: string | null = null;
/** When the connection was lost: clocks stand still where nothing is known any more. */
let silentSinceMs: number | null = Date.now();
/** Durations are told by the server's clock; the browser's may differ. */
let serverAheadMs = 0;
let isRenderPlanned = false;

function receive(message: ServerMessage): void {
  if (message.type === 'hello') {
    serverAheadMs = Date.parse(message.server_time) - Date.now();
    if (address.sessionId === null && describeFilter(address) !== null) void findSessionOf(address);
  }
  state.apply(message);
  planRender();
}

function serverNowMs(): number {
  return Date.now() + serverAheadMs;
}

function showConnection(connectionState: ConnectionState): void {
  silentSinceMs = connectionState.kind === 'connected' ? null : (silentSinceMs ?? serverNowMs());
  connectionView.show(connectionState);
  planRender();
}

function goTo(newAddress: PageAddress): void {
  address = newAddress;
  history.replaceState(
    null,
    '',
    `${location.pathname}${pageSearch(location.search, address)}${location.hash}`,
  );
  planRender();
}

/** However many messages come, there is one rendering for each frame that the browser paints. */
function planRender(): void {
  if (isRenderPlanned) return;
  isRenderPlanned = true;
  requestAnimationFrame(() => {
    isRenderPlanned = false;
    keepFocus(render);
  });
}

function render(): void {
  const nowMs = silentSinceMs ?? serverNowMs();
  const sessions = sortSessions(state.sessions, nowMs);
  shownId = address.sessionId ?? chooseSession(sessions, shownId);
  const session = shownId === null ? undefined : state.session(shownId);
  watch(session?.session_id ?? null);

  setText(page.version, state.serverVersion);
  const { grafanaUrl } = state;
  setChanged(page.dashboards, 'hidden', grafanaUrl === null);
  if (grafanaUrl !== null) setChanged(page.dashboards, 'href', overviewUrl(grafanaUrl));
  setChanged(page.keyNote, 'hidden', keys.load() === null);
  connectionView.tick();
  sessionListView.render(sessions, shownId, nowMs);

  setChanged(page.session, 'hidden', session === undefined);
  setChanged(page.noSession, 'hidden', !state.hasSessionList || sessions.length > 0);
  const isUnknown = sessions.length > 0 && session === undefined;
  setOptionalText(
    page.unknownSession,
    isUnknown ? `Session “${shownId}” is not known here, or not any more.` : null,
  );
  setOptionalText(
    page.silence,
    silentSinceMs === null ? null : `as last heard at ${formatTime(nowMs, serverNowMs())}`,
  );
  const filter = describeFilter(address);
  setChanged(page.filter, 'hidden', filter === null);
  setText(page.filterName, filter ?? '');
  if (session) {
    sessionView.render(session);
    const operations = state.operations(session.session_id);
    operationListView.render({ operations, grafanaUrl, filter: address }, nowMs);
  }
}

function watch(sessionId: string | null): void {
  if (sessionId === watchedId) return;
  watchedId = sessionId;
  if (sessionId === null) return;
  connection.watchSession(sessionId);
  void loadEnded(sessionId);
}

/** The feed tells of the last few ended operations; the API of as many as the page shows. */
async function loadEnded(sessionId: string): Promise<void> {
  const query = new URLSearchParams({ session_id: sessionId, limit: String(MAX_ENDED_OPERATIONS) });
  const response = await get(`./api/v1/operations?${query}`, keys.load());
  if (!response?.ok) return;
  const { operations } = (await response.json()) as { operations: WireOperation[] };
  state.applyEnded(sessionId, operations);
  planRender();
}

/** A link to an operation's name knows nothing of sessions: the one where it happened last is shown. */
async function findSessionOf(wanted: PageAddress): Promise<void> {
  const query = new URLSearchParams({ limit: '1' });
  if (wanted.operationName !== null) query.set('operation', wanted.operationName);
  if (wanted.status !== null) query.set('status', wanted.status);
  const response = await get(`./api/v1/operations?${query}`, keys.load());
  if (!response?.ok) return;
  const { operations } = (await response.json()) as { operations: WireOperation[] };
  const [latest] = operations;
  if (latest && address === wanted) goTo({ ...address, sessionId: latest.session_id });
}

/** What the server answers; null where it does not. */
function get(url: string, key: string | null): Promise<Response | null> {
  const headers: HeadersInit = key === null ? {} : { authorization: `Bearer ${key}` };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return fetch(url, { headers, signal, cache: 'no-store' }).catch(() => null);
}

setText(page.mcpUrl, new URL('mcp', document.baseURI).href);
page.clearFilter.addEventListener('click', () => goTo({ ...address, operationName: null, status: null }));
window.addEventListener('online', () => connection.connect());
setInterval(planRender, CLOCK_TICK_MS);
connection.connect();
