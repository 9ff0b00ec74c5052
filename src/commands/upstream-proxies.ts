import type { ProxyOptions } from './proxy-options.ts';

type UpstreamProxy = (options: ProxyOptions & { readonly upstream: URL }) => Promise<void>;

const loadHttpProxy = async (): Promise<UpstreamProxy> => (await import('./proxy-upstream.ts')).proxyUpstream;

/** Loads the proxy for each scheme of `--upstream`. */
export const UPSTREAM_PROXIES: Readonly<Record<string, () => Promise<UpstreamProxy>>> = {
  'http:': loadHttpProxy,
  'https:': loadHttpProxy,
};
