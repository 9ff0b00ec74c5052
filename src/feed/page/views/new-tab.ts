/** Whether browsers open a link in a new tab or window with these modifier keys. */
export function isForNewTab({ ctrlKey, metaKey, shiftKey }: MouseEvent | KeyboardEvent): boolean {
  return ctrlKey || metaKey || shiftKey;
}

export function openInNewTab(href: string): void {
  window.open(href, '_blank', 'noopener');
}
