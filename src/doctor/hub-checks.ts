import { HubClient, type HubSettings } from '../relay/hub-client.ts';
import { isLoopback } from '../client-config/proxy-ports.ts';
import { createOutboundFetch } from '../outbound/outbound-fetch.ts';
import { ok, problem, warning, type Check } from './check.ts';

/** A hub that settings or servers of MCP clients name, with the key that reporters send it. */
export interface NamedHub extends HubSettings {
  /** What reports to it. Empty if nothing does, so that it need not run. */
  readonly reporters: readonly string[];
}

const TIMEOUT_MS = 3000;
const INVALID_REPORT = '"invalid_report"';
const NOT_A_HUB = { kind: 'refused', reason: 'not an mcp-exporter hub: check the address' } as const;

/** Sends each hub a report that it must reject, which shows that it is a hub and that it accepts the key. */
export function checkHubs(hubs: readonly NamedHub[]): Promise<Check[]> {
  return Promise.all(distinct(hubs).map(checkHub));
}

async function checkHub({ reporters, ...config }: NamedHub): Promise<Check> {
  const { hubUrl, hubKey } = config;
  const name = `hub ${hubUrl}`;
  const fetch = createOutboundFetch({ keepAlive: false, isBackground: false });
  const client = new HubClient({ config, fetch, now: Date.now, onLimit: () => undefined });
  const result = await client.post('{}', AbortSignal.timeout(TIMEOUT_MS));
  const users = reporters.length > 0 ? `, used by ${reporters.join(', ')}` : '';
  if (isHubAnswer(result)) {
    return ok(name, `answers${hubKey === undefined ? '' : ' and accepts the key'}${users}`);
  }
  const { kind, reason } = 'failure' in result ? result.failure : NOT_A_HUB;
  const isReachable = kind !== 'unreachable';
  const message = `${isReachable ? 'refuses reports' : 'unreachable'}: ${reason}${users}`;
  const section = isReachable ? 'hubRefuses' : 'hubUnreachable';
  const start = startLine(new URL(hubUrl));
  if (reporters.length === 0) {
    const fix = `Nothing reports to it. To see all servers on one page, run: ${start ?? 'mcp-exporter setup'}`;
    return warning(name, message, { fix });
  }
  if (isReachable) return problem(name, message, { fix: 'Correct the address or the key.', section });
  const fix = start === undefined ? 'Start the hub there, or correct the address.' : `Run: ${start}`;
  return problem(name, message, { fix, section });
}

/** Only a hub that accepts the key reads the report and rejects it as invalid. */
function isHubAnswer(result: Awaited<ReturnType<HubClient['post']>>): boolean {
  return (
    'answer' in result && result.answer.kind === 'invalid' && result.answer.reason.includes(INVALID_REPORT)
  );
}

/** Undefined if the hub runs on another machine, or behind TLS. */
function startLine(url: URL): string | undefined {
  if (!isLoopback(url) || url.protocol !== 'http:') return undefined;
  return `mcp-exporter hub --port ${url.port || '80'}`;
}

function distinct(hubs: readonly NamedHub[]): NamedHub[] {
  const byAddress = new Map<string, NamedHub>();
  for (const hub of hubs) {
    const id = JSON.stringify([new URL(hub.hubUrl).href, hub.hubKey]);
    const reporters = [...(byAddress.get(id)?.reporters ?? []), ...hub.reporters];
    byAddress.set(id, { ...hub, reporters: [...new Set(reporters)] });
  }
  return [...byAddress.values()];
}
