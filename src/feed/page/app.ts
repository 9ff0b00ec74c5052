import { ExporterApi } from './connection/exporter-api.ts';
import { FeedConnection, type ConnectionState } from './connection/feed-connection.ts';
import { createKeyStore } from './connection/key-store.ts';
import { elementById, keepFocus, setChanged, setText } from './dom.ts';
import { overviewUrl } from './grafana-links.ts';
import { Activities } from './state/activities.ts';
import { Live } from './state/live.ts';
import { feedUrl } from './state/page-address.ts';
import { Usuals } from './state/usuals.ts';
import { ConnectionView } from './views/connection-view.ts';
import { Pages } from './views/pages.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const RENDER_EVERY_MS = 100;
const CLOCK_TICK_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 200;

const keys = createKeyStore(() => sessionStorage);
const api = new ExporterApi(get, () => keys.load());
const live = new Live({
  api,
  now: Date.now,
  schedule: (callback, delayMs) => void setTimeout(callback, delayMs),
  onChange: planRender,
});
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
  onMessage: (message) => {
    const { bootId } = live;
    live.receive(message);
    if (live.bootId !== bootId) resetCaches();
  },
  onState: (state) => showConnection(state),
});
const now = (): number => performance.now();
const usuals = new Usuals(api, now);
const activities = new Activities(api, now);
const pages = new Pages({
  live,
  api,
  usuals,
  activities,
  hasKey: () => keys.load() !== null,
  planRender,
});
const connectionView = new ConnectionView(live, {
  retry: () => connection.connect(),
  useKey: (key) => connection.useKey(key),
});
const version = elementById('version', HTMLSpanElement);
const dashboards = elementById('dashboards', HTMLAnchorElement);
const keyNote = elementById('key-note', HTMLSpanElement);

let isRenderPlanned = false;
let renderedAtMs = -Infinity;

function showConnection(state: ConnectionState): void {
  live.connectionChanged(state);
  connectionView.show(state);
}

/** Call after a restart of the exporter, which may have other data. */
function resetCaches(): void {
  usuals.forget();
  activities.forget();
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
  if (live.isConnected) void usuals.refresh();
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
function get(url: string, key: string | null): Promise<Response | null> {
  // Not as `Authorization`, because a reverse proxy may require that for its own sign-in.
  const headers: HeadersInit = key === null ? {} : { 'x-api-key': key };
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  return fetch(url, { headers, signal, cache: 'no-store' }).catch(() => null);
}

window.addEventListener('online', () => connection.connect());
setInterval(() => {
  // A background tab is not painted, but its title is visible.
  if (document.hidden) pages.renderTitle();
  else planRender();
}, CLOCK_TICK_MS);
pages.open();
connection.connect();
