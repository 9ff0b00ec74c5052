import { guarded } from './guarded.ts';
import type { Session } from './session.ts';

const PUBLISH_EVERY_MS = 250;

/** Collects changed sessions and publishes each of them at most four times a second. */
export class SessionChanges {
  readonly #publish: (session: Session) => void;
  readonly #publishGuarded: () => void;
  readonly #changed = new Set<Session>();
  #timer: NodeJS.Timeout | undefined;

  constructor(publish: (session: Session) => void, onError: (error: unknown) => void) {
    this.#publish = publish;
    this.#publishGuarded = guarded(() => this.flush(), onError);
  }

  add(session: Session): void {
    this.#changed.add(session);
    this.#timer ??= setTimeout(this.#publishGuarded, PUBLISH_EVERY_MS).unref();
  }

  delete(session: Session): void {
    this.#changed.delete(session);
  }

  /** Publishes the changes now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const session of this.#changed) this.#publish(session);
    this.#changed.clear();
  }
}
