import { once } from 'node:events';
import { createServer } from 'node:net';

import { ExporterError, errorMessage } from '../errors.ts';
import { resolveBindAddress } from '../http/bind-address.ts';
import type { Config } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';
import { probeAddress } from '../setup/hub-probe.ts';
import { ok, problem, warning, type Check } from './check.ts';

type Listening = Pick<
  Config,
  'host' | 'apiKey' | 'allowsUnauthenticated' | 'httpPort' | 'feedPort' | 'variablePrefix'
>;

interface Port {
  readonly address: string;
  readonly port: number;
  readonly setting: 'httpPort' | 'feedPort';
  /** For messages. */
  readonly settingName: string;
  /** Whether a hub must listen there. */
  readonly isNeeded: boolean;
}

/**
 * Tries to open every port that `hub` and `serve` would open.
 *
 * @param isHubElsewhere - whether the hub has another address, so that nothing needs to listen here
 */
export async function checkPorts(config: Listening, isHubElsewhere: boolean): Promise<Check[]> {
  const { httpPort, feedPort } = config;
  try {
    const { address } = await resolveBindAddress(config);
    const describe = (setting: Port['setting'], isNeeded: boolean): Port => {
      const settingName = nameOfSetting(setting, config.variablePrefix);
      return { address, port: config[setting], setting, settingName, isNeeded };
    };
    const ports = [describe('httpPort', !isHubElsewhere)];
    if (feedPort !== httpPort) ports.push(describe('feedPort', false));
    return await Promise.all(ports.map(checkPort));
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    const isKeyMissing = error.code === 'authentication_required';
    const fix = isKeyMissing ? 'Require a key, or listen on loopback.' : 'Correct MONITORING_WS_HOST.';
    return [problem('listener', error.message, isKeyMissing ? { fix, section: 'notLoopback' } : { fix })];
  }
}

async function checkPort({ address, port, setting, settingName, isNeeded }: Port): Promise<Check> {
  const name = `port ${port}`;
  if (port === 0) return ok(name, 'any free port');
  const failure = await tryListening(port, address);
  if (failure === undefined) return ok(name, 'free');
  const remedy = `set ${settingName} to another port`;
  const complain = isNeeded ? problem : warning;
  if (failure.code !== 'EADDRINUSE') {
    const fix = `Correct MONITORING_WS_HOST, or ${remedy}.`;
    return complain(name, `cannot listen on ${address}: ${errorMessage(failure)}`, { fix });
  }
  const answering = await probeAddress(urlOf(address, port));
  if (answering === 'exporter') return ok(name, 'in use by an exporter');
  if (answering === 'feed' && setting === 'feedPort') return ok(name, 'in use by the feed of an exporter');
  const effect = setting === 'feedPort' ? '. The feed is also at /ws of the other port' : '';
  const fix = `Stop the program that uses it, or ${remedy}.`;
  return complain(name, `in use by another program${effect}`, { fix, section: 'portInUse' });
}

/** Undefined if the port could be opened. */
async function tryListening(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

function urlOf(address: string, port: number): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
