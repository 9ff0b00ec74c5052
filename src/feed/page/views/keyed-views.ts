import { setChildren } from '../dom.ts';

interface KeyedViewsOptions<T, K, V> {
  readonly parent: Element;
  readonly keyOf: (thing: T) => K;
  readonly create: (thing: T) => V;
}

/** Views of a changing list of things. A thing keeps its element, and with it the focus and the selection. */
export class KeyedViews<T, K, V extends { readonly element: Element }> {
  readonly #options: KeyedViewsOptions<T, K, V>;
  #views = new Map<K, V>();

  constructor(options: KeyedViewsOptions<T, K, V>) {
    this.#options = options;
  }

  get keys(): readonly K[] {
    return [...this.#views.keys()];
  }

  /** Shows `things` in this order. */
  show(things: readonly T[], update: (view: V, thing: T) => void): void {
    const { parent, keyOf, create } = this.#options;
    const before = this.#views;
    this.#views = new Map();
    for (const thing of things) {
      const view = before.get(keyOf(thing)) ?? create(thing);
      update(view, thing);
      this.#views.set(keyOf(thing), view);
    }
    setChildren(
      parent,
      [...this.#views.values()].map(({ element }) => element),
    );
  }
}
