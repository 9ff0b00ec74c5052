/** What the page's own address says to show: `?session=` and `?operation=`. */
export interface PageAddress {
  readonly sessionId: string | null;
  readonly operationName: string | null;
}

export function parsePageAddress(search: string): PageAddress {
  const parameters = new URLSearchParams(search);
  return {
    sessionId: parameters.get('session') || null,
    operationName: parameters.get('operation') || null,
  };
}

/** The query for `address`; other parameters of `search` stay. */
export function pageSearch(search: string, address: PageAddress): string {
  const parameters = new URLSearchParams(search);
  setOrDelete(parameters, 'session', address.sessionId);
  setOrDelete(parameters, 'operation', address.operationName);
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function setOrDelete(parameters: URLSearchParams, name: string, value: string | null): void {
  if (value === null) parameters.delete(name);
  else parameters.set(name, value);
}

/** The feed beside the page, whatever path a proxy serves them under. */
export function feedUrl(pageUrl: string): URL {
  const url = new URL('ws', pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
