import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { createKeyCheck, type KeyCheck } from './auth.ts';
import type { UpgradeRefusal } from './listener.ts';
import { createOriginCheck, type OriginCheck } from './origin.ts';
import { createUpgradeCheck } from './upgrade.ts';

export interface AccessSettings {
  /** Where the exporter listens: also a name under which it may be reached. */
  readonly host: string;
  /** Undefined where nothing asks for a key. */
  readonly apiKey: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** Who may come. */
export interface Access {
  readonly isRightKey: KeyCheck;
  readonly checkOrigin: OriginCheck;
  readonly checkUpgrade: (request: IncomingMessage) => UpgradeRefusal | null;
}

/** @param keyWithoutHeader - the key of a client that cannot send `Authorization`: browsers, with a WebSocket */
export function createAccess(
  settings: AccessSettings,
  keyWithoutHeader: (headers: IncomingHttpHeaders) => string | undefined,
): Access {
  const { host, apiKey, allowedOrigins } = settings;
  const isRightKey = createKeyCheck(apiKey);
  const checkOrigin = createOriginCheck({ allowedHosts: [...settings.allowedHosts, host], allowedOrigins });
  return {
    isRightKey,
    checkOrigin,
    checkUpgrade: createUpgradeCheck({ isRightKey, checkOrigin, keyWithoutHeader }),
  };
}
