import { elementById, setText } from './dom.ts';
import type { ConnectionState } from './feed-connection.ts';

/** Whether the page hears the server, and the form that asks for the key. */
export class ConnectionView {
  readonly #text = elementById('connection-text', HTMLSpanElement);
  // Beside the live region: a screen reader must not count down.
  readonly #countdown = elementById('connection-countdown', HTMLSpanElement);
  readonly #retry = elementById('connection-retry', HTMLButtonElement);
  readonly #form = elementById('key-form', HTMLFormElement);
  readonly #key = elementById('key', HTMLInputElement);
  readonly #refusal = elementById('key-refusal', HTMLParagraphElement);
  #retryAtMs = 0;

  constructor(actions: { retry: () => void; useKey: (key: string) => void }) {
    this.#retry.addEventListener('click', actions.retry);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      actions.useKey(this.#key.value);
      this.#form.reset();
    });
  }

  show(state: ConnectionState): void {
    document.body.dataset['connection'] = state.kind;
    setText(this.#text, describe(state));
    this.#retryAtMs = state.kind === 'waiting' ? Date.now() + state.delayMs : 0;
    this.#retry.hidden = state.kind !== 'waiting';
    this.#refusal.hidden = !(state.kind === 'key_needed' && state.wasRefused);
    this.#form.hidden = state.kind !== 'key_needed';
    if (state.kind === 'key_needed') this.#key.focus();
    this.tick();
  }

  tick(): void {
    const seconds = Math.ceil((this.#retryAtMs - Date.now()) / 1000);
    setText(this.#countdown, this.#retryAtMs === 0 ? '' : `in ${Math.max(0, seconds)} s`);
  }
}

/** The same text through all attempts to reconnect: a screen reader says each change of it. */
function describe(state: ConnectionState): string {
  switch (state.kind) {
    case 'connecting':
      return state.isAgain ? 'Reconnecting' : 'Connecting';
    case 'connected':
      return 'Connected';
    case 'waiting':
      return 'Reconnecting';
    case 'key_needed':
      return 'Key needed';
  }
}
