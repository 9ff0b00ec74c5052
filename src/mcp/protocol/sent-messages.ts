import type { JsonRpcMessage } from '../wire/json-rpc.ts';
import type { MessageFacts } from '../wire/message-facts.ts';
import type { MessageRouter } from './message-router.ts';

const NO_FACTS: MessageFacts = {};

/** The messages to the client whose sending has not finished. */
export class SentMessages {
  readonly #router: MessageRouter;
  readonly #beingSent = new Set<JsonRpcMessage>();

  constructor(router: MessageRouter) {
    this.#router = router;
  }

  begin(message: JsonRpcMessage): void {
    this.#beingSent.add(message);
    this.#router.beforeSend(message, NO_FACTS);
  }

  finish(message: JsonRpcMessage): void {
    if (this.#beingSent.delete(message)) this.#router.afterSend(message, NO_FACTS);
  }

  fail(message: JsonRpcMessage, error: unknown): void {
    if (this.#beingSent.delete(message)) this.#router.sendFailed(message, error);
  }

  /** Call before the connection closes. It may close with its last response, before the sending has finished. */
  finishAll(): void {
    for (const message of this.#beingSent) this.#router.afterSend(message, NO_FACTS);
    this.#beingSent.clear();
  }
}
