import { isExporterAnswer } from '../client-config/exporter-probe.ts';
import { ExporterError } from '../errors.ts';
import { createOutboundFetch } from '../outbound/outbound-fetch.ts';

const TIMEOUT_MS = 3000;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);
/** The error of a port that serves only the feed. */
const FEED_ONLY = '"unknown_route"';

/** What answers at an address: an exporter, its port for the feed, another program, or nothing. */
export type Answering = 'exporter' | 'feed' | 'other' | 'nothing';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function probeAddress(url: string): Promise<Answering> {
  const health = await get(new URL('/health', url));
  if (health === undefined) return 'nothing';
  if (health.status === 404 && health.text.includes(FEED_ONLY)) return 'feed';
  const metrics = isHealthy(health.text) ? await get(new URL('/metrics', url)) : undefined;
  return metrics && isExporterAnswer(metrics.headers, metrics.text) ? 'exporter' : 'other';
}

/**
 * Whether a hub answers at the address.
 *
 * @throws ExporterError `port_in_use` if another program does
 */
export async function isHubRunning(hubUrl: string): Promise<boolean> {
  const answering = await probeAddress(hubUrl);
  if (answering === 'nothing') return false;
  if (answering === 'exporter') return true;
  throw new ExporterError(
    'port_in_use',
    `expected a hub at ${hubUrl}, but another program answers there. Choose another port, for example: --hub ` +
      'http://127.0.0.1:3002',
  );
}

/** Undefined if nothing listens. A program that is not an HTTP server also answers: with something empty. */
async function get(url: URL): Promise<Answer | undefined> {
  try {
    const request = createOutboundFetch({ keepAlive: false, isBackground: false });
    const response = await request(url, {
      method: 'GET',
      headers: {},
      body: '',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return UNREACHABLE.has(code ?? '') ? undefined : { status: 0, headers: new Headers(), text: '' };
  }
}

function isHealthy(text: string): boolean {
  try {
    return (JSON.parse(text) as { status?: unknown } | null)?.status === 'ok';
  } catch {
    return false;
  }
}
