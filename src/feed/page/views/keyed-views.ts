import { setChildren } from '../dom.ts';

interface KeyedViewsOptions<T, K, V> {
  readonly parent: Element;
  readonly keyOf: (thing: T) => K;
  readonly create: (thing: T) => V;
}

/** Views of things that come and go: what stays keeps its element, and so its focus and what is selected in it. */
export class KeyedViews<T, K, V extends { readonly element: Element }> {
  readonly #options: KeyedViewsOptions<T, K, V>;
  #views = new Map<K, V>();

  constructor(options: KeyedViewsOptions<T, K, V>) {
    this.#options = options;
  }

  get keys(): readonly K[] {
    return [...this.#views.keys()];
  }

  /** Shows `things`, in their order, and nothing else. */
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
