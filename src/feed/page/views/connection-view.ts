import type { ConnectionState } from '../connection/feed-connection.ts';
import { createButton, createElement, elementById, setText } from '../dom.ts';
import type { Live } from '../state/live.ts';
import { describeConnection, lostNotice, type Notice } from '../state/trouble.ts';
import { Changes } from './changes.ts';

/** A break that is mended at once is worth a word in the header, and no banner. */
const BANNER_AFTER_MS = 3000;

/** Whether the page hears the exporter, what went wrong, and the form that asks for the key. */
export class ConnectionView {
  readonly #text = elementById('connection-text', HTMLSpanElement);
  // Beside the live region: a screen reader must not count down.
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
    // What had the focus has done its work.
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
    const { heardAtMs, serverNowMs, notices } = this.#live;
    const isLost = silentMs > BANNER_AFTER_MS && this.#state.kind !== 'key_needed';
    const all = isLost ? [lostNotice(heardAtMs, serverNowMs, this.#refusedWith), ...notices] : notices;
    if (!this.#noticeChanges.have(...all.flatMap(({ kind, text }) => [kind, text]))) return;
    this.#notices.replaceChildren(...all.map((notice) => this.#noticeElement(notice)));
  }

  #noticeElement({ kind, text }: Notice): HTMLElement {
    const element = createElement('div', 'banner', createElement('p', '', text));
    element.dataset['kind'] = kind;
    // What is still so cannot be sent away.
    if (kind === 'lost') return element;
    const dismiss = createButton('', 'Understood', () => {
      this.#content.focus({ preventScroll: true });
      this.#live.dismiss(kind);
    });
    element.append(dismiss);
    return element;
  }
}
