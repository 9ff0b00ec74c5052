import type { ClientRequest, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';

import type { Send } from './send.ts';
import { proxyFor } from './proxy-for-url.ts';
import { authorizationFor, requestTo } from './proxy-request.ts';
import { TunnelAgent, type TunnelOptions } from './proxy-tunnel.ts';

/** Sends requests through the proxies that `env` names, and the others with `direct`. */
export function createProxiedSender(
  direct: Send,
  options: { readonly keepAlive: boolean; readonly isBackground: boolean },
  env: NodeJS.ProcessEnv,
): Send {
  const tunnels = new Map<string, TunnelAgent>();

  function tunnelOf(proxy: URL): TunnelAgent {
    const tunnel = tunnels.get(proxy.href) ?? new TunnelAgent(proxy, options);
    tunnels.set(proxy.href, tunnel);
    return tunnel;
  }

  return (url, request) => {
    const proxy = proxyFor(url, env);
    if (proxy === null) return direct(url, request);
    if (url.protocol === 'http:') return requestForwarded(url, proxy, request);
    const options: TunnelOptions = { ...request, agent: tunnelOf(proxy), tunnelSignal: request.signal };
    return requestHttps(url, options);
  };
}

/** The proxy reads and forwards a request for an `http` URL. */
function requestForwarded(url: URL, proxy: URL, request: RequestOptions): ClientRequest {
  const { origin, pathname, search } = url;
  const given = request.headers as OutgoingHttpHeaders;
  const headers = { ...given, host: url.host, ...authorizationFor(proxy) };
  return requestTo(proxy, { ...request, path: origin + pathname + search, headers });
}
