import { attempt, readConfigFile } from './config-file.ts';
import { findUrls } from './configured-servers.ts';
import { isLoopback } from './proxy-ports.ts';

const TIMEOUT_MS = 1000;
/** Metrics can be disabled. */
const OWN_METRICS = /\bmcp_exporter_build_info\b|"metrics_disabled"/;
const OWN_CHALLENGE = 'realm="mcp-exporter"';

/**
 * The URLs in a client's configuration at which an exporter on this machine answers: a proxy, or a server that it serves.
 *
 * @throws ExporterError `invalid_client_config` if the file is not a client's configuration, or cannot be read
 */
export async function findWatchedUrls(file: string): Promise<Set<string>> {
  const text = readConfigFile(file);
  const own = attempt(file, () => findUrls(text)).filter((url) => isLoopback(url) && url.pathname === '/mcp');
  const found = await Promise.all(own.map(async (url) => ((await isExporter(url)) ? [url.href] : [])));
  return new Set(found.flat());
}

async function isExporter(url: URL): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL('/metrics', url), { signal, redirect: 'manual' });
    return isExporterAnswer(response.headers, await response.text());
  } catch {
    // Nothing answers there now.
    return false;
  }
}

/** Whether an exporter has answered a GET of /metrics, or has asked for its key. */
export function isExporterAnswer(headers: Headers, text: string): boolean {
  return headers.get('www-authenticate')?.includes(OWN_CHALLENGE) === true || OWN_METRICS.test(text);
}
