import type { ConnectionState } from '../connection/feed-connection.ts';
import { createButton, createElement, elementById, setText } from '../dom.ts';
import type { Live } from '../state/live.ts';
import { describeConnection, lostNotice, type Notice } from '../state/trouble.ts';
import { Changes } from './changes.ts';

/** Shorter interruptions are shown in the header only. */
const BANNER_AFTER_MS = 3000;

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
  #state: ConnectionState = { kind: 'connecting', isAgain: false };
  #retryAtMs = 0;
  #refusedWith: number | null = null;
  #silentSinceMs: number | null = Date.now();
  readonly #noticeChanges = new Changes();

  constructor(live: Live, actions: { retry: () => void; useKey: (key: string) => void }) {
    this.#live = live;
    this.#retry.addEventListener('click', actions.retry);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      actions.useKey(this.#key.value);
      this.#form.reset();
    });
  }

  show(state: ConnectionState): void {
    this.#state = state;
    document.body.dataset['connection'] = state.kind;
    this.#silentSinceMs = state.kind === 'connected' ? null : (this.#silentSinceMs ?? Date.now());
    if (state.kind !== 'connecting')
      this.#refusedWith = state.kind === 'waiting' ? (state.refusedWith ?? null) : null;
    this.#retryAtMs = state.kind === 'waiting' ? Date.now() + state.delayMs : 0;
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
    const silentMs = this.#silentSinceMs === null ? 0 : Date.now() - this.#silentSinceMs;
    setText(this.#text, describeConnection(this.#state, silentMs));
    const seconds = Math.ceil((this.#retryAtMs - Date.now()) / 1000);
    setText(this.#countdown, this.#retryAtMs === 0 ? '' : `in ${Math.max(0, seconds)} s`);
    this.#renderNotices(silentMs);
  }

  #renderNotices(silentMs: number): void {
    const { lostAtMs, serverNowMs, notices } = this.#live;
    const isLost = silentMs > BANNER_AFTER_MS && this.#state.kind !== 'key_needed';
    const all = isLost ? [lostNotice(lostAtMs, serverNowMs, this.#refusedWith), ...notices] : notices;
    if (!this.#noticeChanges.have(...all.flatMap(({ kind, text }) => [kind, text]))) return;
    this.#notices.replaceChildren(...all.map((notice) => this.#noticeElement(notice)));
  }

  #noticeElement({ kind, text }: Notice): HTMLElement {
    const element = createElement('div', 'banner', createElement('p', '', text));
    element.dataset['kind'] = kind;
    // The notice about a lost connection stays until the page is connected.
    if (kind === 'lost') return element;
    const dismiss = createButton('', 'Dismiss', () => {
      this.#content.focus({ preventScroll: true });
      this.#live.dismiss(kind);
    });
    element.append(dismiss);
    return element;
  }
}
