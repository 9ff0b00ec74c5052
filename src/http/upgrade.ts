import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { bearerKey, type KeyCheck } from './auth.ts';
import type { UpgradeRefusal } from './listener.ts';
import type { OriginCheck } from './origin.ts';

export interface UpgradeRules {
  readonly isRightKey: KeyCheck;
  readonly checkOrigin: OriginCheck;
  /** The key of a client that cannot send `Authorization`: browsers, with a WebSocket. */
  readonly keyWithoutHeader: (headers: IncomingHttpHeaders) => string | undefined;
}

/** Who may open the feed's WebSocket: the same rules as for the routes, and only at `/ws`, or below another app’s path. */
export function createUpgradeCheck({ isRightKey, checkOrigin, keyWithoutHeader }: UpgradeRules) {
  return ({ url = '', headers }: IncomingMessage): UpgradeRefusal | null => {
    if (!isFeedPath(url)) return { status: 404, code: 'unknown_route' };
    const refusal = checkOrigin(headers);
    if (refusal) return { status: 403, code: refusal };
    const key = bearerKey(headers) ?? keyWithoutHeader(headers);
    return isRightKey(key) ? null : { status: 401, code: 'unauthorized' };
  };
}

export function isFeedPath(url: string): boolean {
  return url.split('?', 1)[0]?.endsWith('/ws') ?? false;
}
