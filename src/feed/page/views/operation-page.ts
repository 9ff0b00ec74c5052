import { OTHER } from '../../../monitor/other-label.ts';
import {
  createElement,
  createLink,
  createPageTitle,
  createPanel,
  setAttributes,
  setChanged,
  setOptionalText,
  setText,
} from '../dom.ts';
import { formatDuration, formatElapsed } from '../format.ts';
import { operationPath } from '../connection/exporter-api.ts';
import { operationHistoryUrl, toolHistoryUrl } from '../grafana-history.ts';
import { Activities } from '../state/activities.ts';
import { elapsedSeconds, isActive, type OperationRecord } from '../state/operation-record.ts';
import { NO_FILTER, operationHref, pageSearch, type PageAddress } from '../state/page-address.ts';
import { spanOf } from '../state/timeline.ts';
import { WatchedOperation } from '../state/watched-operation.ts';
import { activityPictures } from './activity-pictures.ts';
import { Changes } from './changes.ts';
import { createCopyButton } from './copy-button.ts';
import { OperationFacts } from './operation-facts.ts';
import type { Page, PageContext } from './page.ts';
import { ProgressChart } from './progress-chart.ts';
import { StatusSign } from './status-sign.ts';
import { Waterfall } from './waterfall.ts';

/** All information about one operation. */
export class OperationPage implements Page {
  readonly #context: PageContext;
  readonly #activities: Activities;
  readonly #sign = new StatusSign();
  readonly #name = createElement('span', '');
  readonly #clock = createElement('span', 'clock');
  readonly #path = createElement('ol', 'path');
  readonly #problem = createElement('p', 'card');
  readonly #body = createElement('div', '');
  readonly #error = createElement('p', 'error');
  readonly #message = createElement('p', 'message');
  readonly #json = createElement('a', 'button', 'Open JSON');
  readonly #named = createElement('a', 'button', 'All with this name');
  readonly #grafana = createElement('a', 'button', 'History in Grafana');
  readonly #waterfall = new Waterfall();
  readonly #chart = new ProgressChart();
  readonly #progressPanel = createPanel('Progress over time', this.#chart.element);
  readonly #pictures = createElement('div', 'pictures');
  readonly #hourNote = createElement('p', 'hint');
  readonly #hourPanel = createPanel('All with this name in the last hour', this.#pictures, this.#hourNote);
  readonly #facts = new OperationFacts();
  #watched: WatchedOperation | null = null;
  readonly #pathChanges = new Changes();
  readonly #hourChanges = new Changes();

  constructor(section: HTMLElement, context: PageContext) {
    this.#context = context;
    this.#activities = new Activities(context.live, context.api, () => performance.now());
    this.#path.ariaLabel = 'Started by';
    this.#grafana.target = '_blank';
    this.#grafana.rel = 'noreferrer';
    const copyJson = createCopyButton('Copy as JSON', () => this.#watched?.json ?? '');
    const copyLink = createCopyButton('Copy link', () => location.href);
    this.#body.append(
      createElement('p', 'actions', copyJson, copyLink, this.#json, this.#named, this.#grafana),
      this.#error,
      this.#message,
      createPanel('Timeline', this.#waterfall.element),
      this.#progressPanel,
      this.#hourPanel,
      this.#facts.element,
    );
    const title = createPageTitle(this.#sign.element, this.#name);
    section.append(
      this.#path,
      createElement('div', 'page-head', title, this.#clock),
      this.#problem,
      this.#body,
    );
  }

  get title(): string {
    const record = this.#watched?.record;
    return record ? `${record.status}: ${record.name}` : 'Operation';
  }

  show(address: PageAddress): void {
    if (address.view !== 'operation') return;
    const { live, api, planRender } = this.#context;
    this.hide();
    this.#watched = new WatchedOperation(address.operation, live, api, planRender);
    this.render();
  }

  hide(): void {
    this.#watched?.close();
    this.#watched = null;
  }

  render(): void {
    const watched = this.#watched;
    if (!watched) return;
    watched.refresh();
    const { record, problem } = watched;
    setOptionalText(this.#problem, problem);
    setChanged(this.#body, 'hidden', record === null || problem !== null);
    setText(this.#name, record && problem === null ? record.name : 'Operation');
    const isShown = record !== null && problem === null;
    for (const element of [this.#sign.element, this.#clock]) setChanged(element, 'hidden', !isShown);
    if (isShown) this.#renderRecord(record, watched);
    else setChanged(this.#path, 'hidden', true);
  }

  #renderRecord(record: OperationRecord, watched: WatchedOperation): void {
    const { live, usuals } = this.#context;
    const { nowMs } = live;
    const elapsed = elapsedSeconds(record, nowMs);
    this.#sign.update(record.status);
    setChanged(this.#body.dataset, 'status', record.status);
    const time = elapsed === null ? '' : isActive(record) ? formatElapsed(elapsed) : formatDuration(elapsed);
    setText(this.#clock, isActive(record) ? `${record.status}, ${time}` : `${record.status} after ${time}`);
    this.#renderPath(record);
    setOptionalText(this.#error, record.error);
    setOptionalText(this.#message, record.message === record.error ? null : record.message);
    this.#waterfall.update(record, nowMs);
    setChanged(this.#progressPanel, 'hidden', watched.points.length === 0);
    if (watched.points.length > 0) this.#chart.update(watched.points, elapsed ?? 0);
    const usual = usuals.of(record.label);
    this.#facts.update(record, {
      nowMs,
      usual,
      isFromMemory: usuals.problem !== null,
      serverName: watched.serverName,
      client: live.sessions.clientOf(record.sessionId),
      slowSeconds: live.slowSeconds,
    });
    this.#renderHour(record, watched.serverName);
    this.#renderLinks(record, watched, nowMs);
  }

  /** The ancestors, outermost first. */
  #renderPath(record: OperationRecord): void {
    const ancestors: OperationRecord[] = [];
    for (let each = record.parent; each; each = each.parent) ancestors.unshift(each);
    setChanged(this.#path, 'hidden', ancestors.length === 0);
    if (!this.#pathChanges.have(...ancestors.map(operationHref))) return;
    this.#path.replaceChildren(
      ...ancestors.map((each) => createElement('li', '', createLink('', each.name, operationHref(each)))),
    );
  }

  #renderHour(record: OperationRecord, serverName: string | null): void {
    void this.#activities.refresh();
    if (!this.#hourChanges.have(record.label, serverName, this.#activities.revision)) return;
    const activity = this.#activities.of(record.label, serverName);
    setChanged(this.#hourPanel, 'hidden', !activity);
    setOptionalText(this.#hourNote, this.#activities.note);
    this.#pictures.replaceChildren(...(activity ? activityPictures(record.label, activity) : []));
  }

  #renderLinks(record: OperationRecord, { serverName }: WatchedOperation, nowMs: number): void {
    const { grafanaUrl } = this.#context.live;
    const { id, sessionId } = record;
    const json = `./api/v1/${operationPath(id)}?${new URLSearchParams({ session_id: sessionId })}`;
    setAttributes(this.#json, { href: json });
    // A link cannot send the key.
    setChanged(this.#json, 'hidden', this.#context.hasKey());
    // Dashboards only show all unknown tools together.
    const hasHistory = grafanaUrl !== null && record.label !== OTHER;
    setChanged(this.#grafana, 'hidden', !hasHistory);
    const filter = { ...NO_FILTER, name: record.name, server: serverName };
    setAttributes(this.#named, { href: pageSearch({ view: 'live', filter }) });
    // Rounds the end of a running operation, so that the link changes only once a minute.
    const span = spanOf(record, isActive(record) ? Math.ceil(nowMs / 60_000) * 60_000 : nowMs);
    if (!hasHistory) return;
    const isTool = serverName !== null && record.parentId === null;
    const url = isTool
      ? toolHistoryUrl(grafanaUrl, serverName, record.label, span)
      : operationHistoryUrl(grafanaUrl, record.label, span);
    setChanged(this.#grafana, 'href', url);
  }
}
