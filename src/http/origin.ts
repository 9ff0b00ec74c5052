import type { IncomingHttpHeaders } from 'node:http';

import type { RequestHandler } from 'express';

import { sendError } from './http-error.ts';

export interface OriginRules {
  /** Host names, without port, under which the exporter may be reached beside the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** Origins of other pages that may use it. */
  readonly allowedOrigins: readonly string[];
}

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Why a browser's page may not use this server, or null where it may. */
export type OriginCheck = (headers: IncomingHttpHeaders) => 'forbidden_host' | 'forbidden_origin' | null;

/**
 * Keeps other people's pages out: `Host` guards against DNS rebinding, `Origin` against cross-site requests.
 * Programs send no `Origin`, and pass.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning}
 */
export function createOriginCheck(rules: OriginRules): OriginCheck {
  const hosts = new Set([...LOOPBACK_HOSTS, ...rules.allowedHosts.map((host) => host.toLowerCase())]);
  const origins = new Set(rules.allowedOrigins);
  return ({ host = '', origin }) => {
    const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : null;
    if (!url || !hosts.has(url.hostname)) return 'forbidden_host';
    if (origin === undefined || origins.has(origin)) return null;
    // The scheme may differ where a proxy ends TLS.
    const isSameOrigin = URL.canParse(origin) && new URL(origin).host.toLowerCase() === host.toLowerCase();
    return isSameOrigin ? null : 'forbidden_origin';
  };
}

export function requireOrigin(check: OriginCheck): RequestHandler {
  return (request, response, next) => {
    const refusal = check(request.headers);
    if (refusal === null) return next();
    response.locals['refusal'] = refusal;
    sendError(response, 403, refusal, REFUSALS[refusal]);
  };
}

const REFUSALS = {
  forbidden_host: 'this Host is not allowed: see MONITORING_ALLOWED_HOSTS',
  forbidden_origin: 'this Origin is not allowed: see MONITORING_ALLOWED_ORIGINS',
};
