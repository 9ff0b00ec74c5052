/** The element of index.html with that id. */
export function elementById<E extends HTMLElement>(id: string, constructor: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof constructor) return element;
  throw new TypeError(`index.html: expected a ${constructor.name} with the id ${id}`);
}

export function createElement<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** Writes a property where it changes: a hundred times a second, most of the page stays as it is. */
export function setChanged<T extends object, K extends keyof T>(target: T, name: K, value: T[K]): void {
  if (target[name] !== value) target[name] = value;
}

export function setText(element: HTMLElement, text: string): void {
  setChanged(element, 'textContent', text);
}

/** Sets text, and hides the element while there is none. */
export function setOptionalText(element: HTMLElement, text: string | null): void {
  setText(element, text ?? '');
  setChanged(element, 'hidden', text === null || text === '');
}

/** Makes `children` the element's children. Those that are in place are not touched. */
export function setChildren(element: HTMLElement, children: readonly HTMLElement[]): void {
  const wanted = new Set<Element>(children);
  const unwanted = [...element.children].filter((child) => !wanted.has(child));
  for (const child of unwanted) child.remove();
  let next = element.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else element.insertBefore(child, next);
  }
}

/** Gives the focus back to the element that `update` has moved: moving takes it away. */
export function keepFocus(update: () => void): void {
  const focused = document.activeElement;
  update();
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}
