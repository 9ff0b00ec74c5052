import type { Config } from '../settings/config.ts';

/**
 * The addresses of a started exporter, or of the hub that it reports to.
 *
 * @see {@link createExporter} for an example
 */
export interface ExporterUrls {
  /** Null if the page is not served. */
  readonly page: string | null;
  /** Null if the exporter does not listen: its port is in use, or a setting prevents it. */
  readonly metrics: string | null;
  /** Null in the same cases as {@link metrics}. */
  readonly feed: string | null;
  /** Null if no MCP server is served. */
  readonly mcp: string | null;
}

export const NO_URLS: ExporterUrls = { page: null, metrics: null, feed: null, mcp: null };

/** The addresses of an exporter at `base` without an MCP server. */
export function urlsBelow(base: URL, { isPageEnabled }: Pick<Config, 'isPageEnabled'>): ExporterUrls {
  return {
    page: isPageEnabled ? base.href : null,
    metrics: new URL('metrics', base).href,
    feed: feedUrl(base),
    mcp: null,
  };
}

export function feedUrl(base: URL): string {
  const feed = new URL('ws', base);
  feed.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return feed.href;
}
