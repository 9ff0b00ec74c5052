import type { OperationStatus } from '../../monitor/operation.ts';

const STATUSES = ['started', 'running', 'completed', 'failed', 'cancelled'] satisfies OperationStatus[];

/** What the page's own address says to show: `?session=`, `?operation=` and `?status=`. */
export interface PageAddress extends OperationFilter {
  readonly sessionId: string | null;
}

/** Which operations of a session are shown; null leaves all. */
export interface OperationFilter {
  readonly operationName: string | null;
  readonly status: OperationStatus | null;
}

export function parsePageAddress(search: string): PageAddress {
  const parameters = new URLSearchParams(search);
  return {
    sessionId: parameters.get('session') || null,
    operationName: parameters.get('operation') || null,
    status: STATUSES.find((known) => known === parameters.get('status')) ?? null,
  };
}

/** The query for `address`; other parameters of `search` stay. */
export function pageSearch(search: string, address: PageAddress): string {
  const parameters = new URLSearchParams(search);
  setOrDelete(parameters, 'session', address.sessionId);
  setOrDelete(parameters, 'operation', address.operationName);
  setOrDelete(parameters, 'status', address.status);
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
