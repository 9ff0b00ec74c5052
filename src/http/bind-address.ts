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
 * The address to bind for a host: beyond loopback only with authentication, unless
 * strangers are allowed explicitly.
 *
 * @throws ExporterError `authentication_required` or `listen_failed`
 */
export async function resolveBindAddress({
  host,
  apiKey,
  allowsUnauthenticated,
}: Pick<Config, 'host' | 'apiKey' | 'allowsUnauthenticated'>): Promise<BindAddress> {
  const address = await addressOf(host);
  const isLoopback = isLoopbackAddress(address);
  if (!isLoopback && apiKey === undefined && !allowsUnauthenticated) {
    const message =
      `MONITORING_WS_HOST: expected a loopback address, got ${JSON.stringify(host)}, which other machines can reach ` +
      'without a key; set MONITORING_REQUIRE_AUTH=true and MONITORING_API_KEY, or MONITORING_ALLOW_UNAUTHENTICATED=true';
    throw new ExporterError('authentication_required', message);
  }
  return { address, isLoopback };
}

/** The one that was checked is the one that is bound, whatever the name means a moment later. */
async function addressOf(host: string): Promise<string> {
  // It may be ::1 alone; clients that are told 127.0.0.1 must find us.
  if (host === 'localhost') return '127.0.0.1';
  try {
    return (await lookup(host.replace(/^\[|\]$/g, ''))).address;
  } catch (error) {
    const message = `cannot listen on ${host}: ${errorMessage(error)}`;
    throw new ExporterError('listen_failed', message, { cause: error });
  }
}
