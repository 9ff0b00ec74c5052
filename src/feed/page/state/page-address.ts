import type { OperationReference } from '../connection/exporter-api.ts';
import { isOutcome, type OperationOutcome } from '../../../monitor/outcomes.ts';

/** Selects operations. Null matches all. */
export interface OperationFilter {
  /** Part of a name, an error, a message or an id, or of a server or client. */
  readonly text: string | null;
  /** The full name. */
  readonly name: string | null;
  readonly status: OperationOutcome | null;
  readonly server: string | null;
  readonly session: string | null;
}

export const NO_FILTER: OperationFilter = {
  text: null,
  name: null,
  status: null,
  server: null,
  session: null,
};

/** The view that the page's address selects. */
export type PageAddress =
  | { readonly view: 'live'; readonly filter: OperationFilter }
  | { readonly view: 'operations' | 'sessions' }
  | { readonly view: 'operation'; readonly operation: OperationReference }
  | { readonly view: 'session'; readonly sessionId: string };

export function parsePageAddress(search: string): PageAddress {
  const parameters = new URLSearchParams(search);
  const get = (name: string): string | null => parameters.get(name) || null;
  const [id, session, view, status] = [get('operation'), get('session'), get('view'), get('status')];
  if (id !== null) {
    return { view: 'operation', operation: { id, sessionId: session, startTime: get('start') } };
  }
  if (view === 'session' && session !== null) return { view, sessionId: session };
  if (view === 'operations' || view === 'sessions') return { view };
  return {
    view: 'live',
    filter: {
      text: get('text'),
      name: get('name'),
      status: isOutcome(status) ? status : null,
      server: get('server'),
      session,
    },
  };
}

/** The query of `address`; `''` for the live view without a filter. */
export function pageSearch(address: PageAddress): string {
  const parameters = new URLSearchParams();
  const set = (name: string, value: string | null): void => {
    if (value !== null) parameters.set(name, value);
  };
  switch (address.view) {
    case 'operation':
      set('operation', address.operation.id);
      set('session', address.operation.sessionId);
      set('start', address.operation.startTime);
      break;
    case 'session':
      set('view', 'session');
      set('session', address.sessionId);
      break;
    case 'operations':
    case 'sessions':
      set('view', address.view);
      break;
    case 'live':
      for (const [name, value] of Object.entries(address.filter)) set(name, value as string | null);
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

/** Random ids, which are globally unique. */
export const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The address of an operation's page. A random id is sufficient without its session. */
export function operationAddress({ id, sessionId, startedAtMs }: NamedOperation): PageAddress {
  if (UUID.test(id)) return { view: 'operation', operation: { id, sessionId: null, startTime: null } };
  const startTime = startedAtMs === null ? null : new Date(startedAtMs).toISOString();
  return { view: 'operation', operation: { id, sessionId, startTime } };
}

/** The link to an operation's page. */
export function operationHref(operation: NamedOperation): string {
  return pageSearch(operationAddress(operation));
}

interface NamedOperation {
  readonly id: string;
  readonly sessionId: string;
  /** Null if unknown. The latest operation with the id is then selected. */
  readonly startedAtMs: number | null;
}

/** The feed's address relative to the page, which may be below a path of a proxy. */
export function feedUrl(pageUrl: string): URL {
  const url = new URL('ws', pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
