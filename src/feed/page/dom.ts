/** The element of index.html with this id. */
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

/** A titled part of a page. */
export function createPanel(title: string, ...children: Node[]): HTMLElement {
  const panel = createElement('section', 'panel', createElement('h3', '', title), ...children);
  panel.ariaLabel = title;
  return panel;
}

/** A page's heading. It receives the focus when the page is opened by a link. */
export function createPageTitle(...children: (Node | string)[]): HTMLHeadingElement {
  const title = createElement('h2', '', ...children);
  title.tabIndex = -1;
  return title;
}

/** @param classes - of the columns, for example for numbers and times */
export function createTable(
  className: string,
  columns: readonly string[],
  classes: readonly string[] = [],
): { readonly element: HTMLTableElement; readonly body: HTMLTableSectionElement } {
  const body = createElement('tbody', '');
  const headers = columns.map((name, index) => {
    const header = createElement('th', classes[index] ?? '', name);
    header.scope = 'col';
    return header;
  });
  const head = createElement('thead', '', createElement('tr', '', ...headers));
  return { element: createElement('table', `table ${className}`, head, body), body };
}

/** A table row. Each cell has its column's name as `data-label`, which is shown on small screens. */
export function createTableRow(
  header: Node,
  cells: readonly HTMLTableCellElement[],
  columns: readonly string[],
): HTMLTableRowElement {
  const th = createElement('th', '', header);
  th.scope = 'row';
  for (const [index, cell] of cells.entries()) cell.dataset['label'] = columns[index + 1] ?? '';
  return createElement('tr', '', th, ...cells);
}

const SVG = 'http://www.w3.org/2000/svg';

/** Do not pass `style`: the content security policy forbids it. */
export function createSvg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

export function createLink(className: string, text: string, href: string): HTMLAnchorElement {
  const link = createElement('a', className, text);
  link.href = href;
  return link;
}

export function createButton(className: string, text: string, onClick: () => void): HTMLButtonElement {
  const button = createElement('button', className, text);
  button.type = 'button';
  button.addEventListener('click', onClick);
  return button;
}

/** Writes a property only if it differs, because writing invalidates the layout. */
export function setChanged<T extends object, K extends keyof T>(target: T, name: K, value: T[K]): void {
  if (target[name] !== value) target[name] = value;
}

/** Sets attributes only if they differ. Compares `href` as written, because its property is an absolute URL. */
export function setAttributes(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

export function setText(element: Element, text: string): void {
  setChanged(element, 'textContent', text);
}

/** Sets the text, and hides the element if it is empty. */
export function setOptionalText(element: HTMLElement, text: string | null): void {
  setText(element, text ?? '');
  setChanged(element, 'hidden', text === null || text === '');
}

/** Replaces the children. Elements that are already in place are not touched. */
export function setChildren(element: Element, children: readonly Element[]): void {
  const wanted = new Set<Element>(children);
  const unwanted = [...element.children].filter((child) => !wanted.has(child));
  for (const child of unwanted) child.remove();
  let next = element.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else element.insertBefore(child, next);
  }
}

/** Restores the focus if `update` moves the focused element, which loses it. */
export function keepFocus(update: () => void): void {
  const focused = document.activeElement;
  update();
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) {
    focused.focus({ preventScroll: true });
  }
}
