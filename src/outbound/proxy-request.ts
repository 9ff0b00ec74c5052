import { request as requestHttp, type ClientRequest, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { unescape } from 'node:querystring';

/** Sends a request to a proxy itself. */
export function requestTo({ hostname, port, protocol }: URL, options: RequestOptions): ClientRequest {
  const isTls = protocol === 'https:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return (isTls ? requestHttps : requestHttp)({ ...options, host, port: port || (isTls ? 443 : 80) });
}

export function authorizationFor({ username, password }: URL): { readonly 'proxy-authorization'?: string } {
  if (username === '' && password === '') return {};
  const credentials = Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64');
  return { 'proxy-authorization': `Basic ${credentials}` };
}
