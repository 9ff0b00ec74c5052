import { HOST, STACK_PORTS, type StackPorts } from './ports.ts';

const SERVICES = ['exporter', 'prometheus', 'alertmanager'] as const;

/**
 * Replaces the services' default addresses in `text` by those of this run. A default address has the host name of the
 * compose network (`prometheus:9090`) or is on loopback (`127.0.0.1:9090`).
 */
export function withLocalAddresses(text: string, ports: StackPorts): string {
  const chosen = new Map(SERVICES.map((service) => [STACK_PORTS[service].port, ports[service]]));
  const hosts = [HOST, ...SERVICES].join('|').replaceAll('.', String.raw`\.`);
  const address = new RegExp(String.raw`\b(?:${hosts}):(${[...chosen.keys()].join('|')})\b`, 'g');
  return text.replaceAll(address, (_, port: string) => `${HOST}:${chosen.get(Number(port) as 3001)}`);
}
