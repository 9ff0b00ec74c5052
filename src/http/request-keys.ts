import type { IncomingHttpHeaders } from 'node:http';

/**
 * The API keys that a request offers. It may offer several, and one of them may be for a reverse proxy: `Authorization` has
 * the credentials of its basic authentication, while the live page sends the exporter's key as `X-API-Key`.
 */
export function keysIn({ authorization = '', 'x-api-key': ownHeader }: IncomingHttpHeaders): string[] {
  const bearer = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1];
  const keys = [bearer, passwordIn(authorization), typeof ownHeader === 'string' ? ownHeader : undefined];
  return keys.filter((key) => key !== undefined && key !== '') as string[];
}

/** The password of basic authentication (RFC 7617), with any user name. */
function passwordIn(authorization: string): string | undefined {
  const encoded = /^Basic +([\w+/-]+=*)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  return /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString())?.[1];
}
