import { ExporterApi } from './connection/exporter-api.ts';
import { FeedConnection, type ConnectionState } from './connection/feed-connection.ts';
import { createKeyStore } from './connection/key-store.ts';
import { watchForWaking } from './connection/wake-watch.ts';
import { elementById, keepFocus, setChanged, setText } from './dom.ts';
import { overviewUrl } from './grafana-links.ts';
import type * as LostFeed from './lost-feed.ts';
import type { Polling } from './state/polling.ts';
import { Live } from './state/live.ts';
import { feedUrl } from './state/page-address.ts';
import { Usuals } from './state/usuals.ts';
import { ConnectionView } from './views/connection-view.ts';
import { Pages } from './views/pages.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const RENDER_EVERY_MS = 100;
const CLOCK_TICK_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 200;

const now = (): number => performance.now();
const keys = createKeyStore(() => sessionStorage);
const api = new ExporterApi(get, () => keys.load());
const live = new Live({
  api,
  now,
  schedule,
  onChange: planRender,
  // The exporter may have other data now.
  onRestart: () => usuals.forget(),
});
const connection = new FeedConnection({
  openSocket: (protocols, listener) => {
    const socket = new WebSocket(feedUrl(document.baseURI), protocols);
    socket.addEventListener('message', (event) => listener.received(String(event.data)));
    socket.addEventListener('close', ({ code }) => listener.closed(code));
    return socket;
  },
  findProblem: async (key) => {
    const loaded = await loadLostFeed();
    return loaded
      ? loaded.findFeedProblem((method) => get('./api/v1/status', key, method))
      : { kind: 'unreachable' };
  },
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  keys,
  onMessage: (message) => live.receive(message),
  onState: (state) => showConnection(state),
});
const usuals = new Usuals(api, now);
const pages = new Pages({
  live,
  api,
  usuals,
  hasKey: () => keys.load() !== null,
  planRender,
});
const connectionView = new ConnectionView(live, {
  retry: () => connection.connect(),
  useKey: (key) => connection.useKey(key),
  notices: () => lostFeed,
});
const version = elementById('version', HTMLSpanElement);
const dashboards = elementById('dashboards', HTMLAnchorElement);
const keyNote = elementById('key-note', HTMLSpanElement);

let lostFeed: typeof LostFeed | null = null;
let polling: Polling | null = null;
let isRenderPlanned = false;
let renderedAtMs = -Infinity;

function showConnection(state: ConnectionState): void {
  if (state.kind === 'connected') void loadLostFeed();
  live.connectionChanged(state);
  polling ??= lostFeed && new lostFeed.Polling({ live, api, schedule });
  polling?.connectionChanged(state);
  connectionView.show(state);
}

function schedule(callback: () => void, delayMs: number): void {
  setTimeout(callback, delayMs);
}

/** Null if it cannot be loaded, because the exporter was unreachable from the start. */
async function loadLostFeed(): Promise<typeof lostFeed> {
  lostFeed ??= await import('./lost-feed.ts').catch(() => null);
  return lostFeed;
}

/** Throttles rendering to once per frame and interval, because painting is expensive without a graphics card. */
function planRender(): void {
  if (isRenderPlanned) return;
  isRenderPlanned = true;
  const waitMs = renderedAtMs + RENDER_EVERY_MS - performance.now();
  if (waitMs > 0) setTimeout(() => requestAnimationFrame(renderPlanned), waitMs);
  else requestAnimationFrame(renderPlanned);
}

function renderPlanned(): void {
  isRenderPlanned = false;
  renderedAtMs = performance.now();
  if (live.isCurrent) void usuals.refresh();
  keepFocus(render);
}

function render(): void {
  const { serverVersion, grafanaUrl } = live;
  setText(version, serverVersion);
  setChanged(dashboards, 'hidden', grafanaUrl === null);
  if (grafanaUrl !== null) setChanged(dashboards, 'href', overviewUrl(grafanaUrl));
  setChanged(keyNote, 'hidden', keys.load() === null);
  connectionView.render();
  pages.render();
}

/** Returns the response; null if the exporter is unreachable. */
function get(url: string, key: string | null, method = 'GET'): Promise<Response | null> {
  // Not as `Authorization`, because a reverse proxy may require that for its own sign-in. With the other header, a refusal has
  // status 403. After 401, the browser would forget the credentials of that sign-in.
  const headers = { 'x-requested-with': 'mcp-exporter', ...(key === null ? {} : { 'x-api-key': key }) };
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  // The exporter does not redirect these requests. A redirect leads to the sign-in of a proxy.
  return fetch(url, { method, headers, signal, cache: 'no-store', redirect: 'manual' }).catch(() => null);
}

watchForWaking(() => connection.probe());
setInterval(() => {
  // A background tab is not painted, but its title is visible.
  if (document.hidden) pages.renderTitle();
  else planRender();
}, CLOCK_TICK_MS);
pages.open();
connection.connect();
