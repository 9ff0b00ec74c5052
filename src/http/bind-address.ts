import { lookup } from 'node:dns/promises';

import { isLoopbackAddress } from '../client-address.ts';
import type { Config } from '../settings/config.ts';
import { ExporterError, errorMessage } from '../errors.ts';

/** An address that a listener binds. */
export interface BindAddress {
  readonly address: string;
  /** Whether only this machine can reach it. */
  readonly isLoopback: boolean;
}

/**
 * Resolves the address to bind. A non-loopback address requires authentication, unless unauthenticated access is allowed
 * explicitly.
 *
 * @throws ExporterError `authentication_required` or `listen_failed`
 */
export async function resolveBindAddress({
  host,
  apiKey,
  allowsUnauthenticated,
  variablePrefix: prefix,
}: Pick<Config, 'host' | 'apiKey' | 'allowsUnauthenticated' | 'variablePrefix'>): Promise<BindAddress> {
  const address = await addressOf(host);
  const isLoopback = isLoopbackAddress(address);
  if (!isLoopback && apiKey === undefined && !allowsUnauthenticated) {
    const message =
      `${prefix}MONITORING_WS_HOST: expected a loopback address, got ${JSON.stringify(host)}, which other machines can reach ` +
      `without a key; set ${prefix}MONITORING_REQUIRE_AUTH=true and ${prefix}MONITORING_API_KEY, ` +
      `or ${prefix}MONITORING_ALLOW_UNAUTHENTICATED=true`;
    throw new ExporterError('authentication_required', message);
  }
  return { address, isLoopback };
}

/** Resolves the name once, so that the address that was checked is the one that is bound. */
async function addressOf(host: string): Promise<string> {
  // The system may resolve localhost to ::1 only, but clients are given 127.0.0.1.
  if (host === 'localhost') return '127.0.0.1';
  try {
    return (await lookup(host.replace(/^\[|\]$/g, ''))).address;
  } catch (error) {
    const message = `cannot listen on ${host}: ${errorMessage(error)}`;
    throw new ExporterError('listen_failed', message, { cause: error });
  }
}
