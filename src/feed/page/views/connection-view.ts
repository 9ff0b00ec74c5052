import type { ConnectionState } from '../connection/feed-connection.ts';
import { createButton, createElement, elementById, setText } from '../dom.ts';
import type { Live } from '../state/live.ts';
import type { FeedProblem } from '../connection/feed-problem.ts';
import type { lostNotice, polledNotice } from '../state/lost-notice.ts';
import { describeConnection, type Notice } from '../state/trouble.ts';
import { Changes } from './changes.ts';

/** Shorter interruptions are shown in the header only. */
const BANNER_AFTER_MS = 3000;

interface ConnectionActions {
  readonly retry: () => void;
  readonly useKey: (key: string) => void;
  /** The texts about a lost connection; null while they are not loaded. */
  readonly notices: () => LostNotices | null;
}

interface LostNotices {
  readonly lostNotice: typeof lostNotice;
  readonly polledNotice: typeof polledNotice;
}

/** The state of the connection, notices, and the form for the key. */
export class ConnectionView {
  readonly #text = elementById('connection-text', HTMLSpanElement);
  // Outside of the live region, so that screen readers do not announce every second.
  readonly #countdown = elementById('connection-countdown', HTMLSpanElement);
  readonly #retry = elementById('connection-retry', HTMLButtonElement);
  readonly #notices = elementById('notices', HTMLDivElement);
  readonly #form = elementById('key-form', HTMLFormElement);
  readonly #key = elementById('key', HTMLInputElement);
  readonly #refusal = elementById('key-refusal', HTMLParagraphElement);
  readonly #content = elementById('content', HTMLElement);
  readonly #live: Live;
  readonly #lostNotices: () => LostNotices | null;
  #state: ConnectionState = { kind: 'connecting', isAgain: false };
  #retryAtMs = 0;
  /** Why the last attempt failed; null if it is unknown. */
  #problem: FeedProblem | null = null;
  #silentSinceMs: number | null = performance.now();
  readonly #noticeChanges = new Changes();

  constructor(live: Live, actions: ConnectionActions) {
    this.#live = live;
    this.#lostNotices = actions.notices;
    this.#retry.addEventListener('click', actions.retry);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      actions.useKey(this.#key.value);
      this.#form.reset();
    });
  }

  show(state: ConnectionState): void {
    this.#state = state;
    this.#silentSinceMs = state.kind === 'connected' ? null : (this.#silentSinceMs ?? performance.now());
    if (state.kind !== 'connecting') this.#problem = state.kind === 'waiting' ? state.problem : null;
    this.#retryAtMs = state.kind === 'waiting' ? performance.now() + state.delayMs : 0;
    const focused = document.activeElement;
    this.#retry.hidden = !(state.kind === 'waiting' || (state.kind === 'connecting' && state.isAgain));
    this.#refusal.hidden = !(state.kind === 'key_needed' && state.wasRefused);
    this.#form.hidden = state.kind !== 'key_needed';
    if (state.kind === 'key_needed') this.#key.focus();
    // The focused element is hidden now.
    else if (focused === this.#retry ? this.#retry.hidden : this.#form.contains(focused))
      this.#content.focus();
    this.render();
  }

  render(): void {
    const { isPolled } = this.#live;
    const silentMs = this.#silentSinceMs === null ? 0 : performance.now() - this.#silentSinceMs;
    document.body.dataset['connection'] = isPolled ? 'polled' : this.#state.kind;
    setText(this.#text, describeConnection(this.#state, silentMs, isPolled));
    const seconds = Math.ceil((this.#retryAtMs - performance.now()) / 1000);
    setText(this.#countdown, this.#retryAtMs === 0 ? '' : `in ${Math.max(0, seconds)} s`);
    this.#renderNotices(silentMs);
  }

  #renderNotices(silentMs: number): void {
    const { notices } = this.#live;
    const isLost = silentMs > BANNER_AFTER_MS && this.#state.kind !== 'key_needed';
    const all = isLost ? [this.#lostNotice(), ...notices] : notices;
    if (!this.#noticeChanges.have(...all.flatMap(({ kind, text }) => [kind, text]))) return;
    this.#notices.replaceChildren(...all.map((notice) => this.#noticeElement(notice)));
  }

  #lostNotice(): Notice {
    const { isPolled, lostAtMs, serverNowMs } = this.#live;
    const notices = this.#lostNotices();
    if (!notices) return { kind: 'lost', text: 'The exporter is unreachable. Retrying.', action: null };
    return isPolled
      ? notices.polledNotice(this.#problem)
      : notices.lostNotice(lostAtMs, serverNowMs, this.#problem);
  }

  #noticeElement({ kind, text, action }: Notice): HTMLElement {
    const element = createElement('div', 'banner', createElement('p', '', text));
    element.dataset['kind'] = kind;
    // The notice about a lost connection stays until the page is connected.
    if (action === null) return element;
    if (action === 'reload') {
      element.append(createButton('', 'Reload', () => location.reload()));
      return element;
    }
    const dismiss = createButton('', 'Dismiss', () => {
      this.#content.focus({ preventScroll: true });
      this.#live.dismiss(kind);
    });
    element.append(dismiss);
    return element;
  }
}
