import { ExporterError } from '../errors.ts';

const TIMEOUT_MS = 3000;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);
/** Metrics can be disabled. */
const OWN_METRICS = /\bmcp_exporter_build_info\b|"metrics_disabled"/;

/**
 * Whether a hub answers at the address.
 *
 * @throws ExporterError `port_in_use` if another program does
 */
export async function isHubRunning(hubUrl: string): Promise<boolean> {
  const health = await get(new URL('/health', hubUrl));
  if (health === undefined) return false;
  const metrics = isHealthy(health.text) ? await get(new URL('/metrics', hubUrl)) : undefined;
  if (metrics?.status === 401 || OWN_METRICS.test(metrics?.text ?? '')) return true;
  throw new ExporterError(
    'port_in_use',
    `expected a hub at ${hubUrl}, but another program answers there. Choose another port, for example: --hub ` +
      'http://127.0.0.1:3002',
  );
}

/** Undefined if nothing listens. A program that is not an HTTP server also answers: with something empty. */
async function get(url: URL): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return UNREACHABLE.has(code ?? '') ? undefined : { status: 0, text: '' };
  }
}

function isHealthy(text: string): boolean {
  try {
    return (JSON.parse(text) as { status?: unknown } | null)?.status === 'ok';
  } catch {
    return false;
  }
}
