import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Every address of the stack is on loopback. */
export const HOST = '127.0.0.1';

/** Each port of the stack, with its program, its default, and the option that changes it. */
export const STACK_PORTS = {
  exporter: { program: 'the exporter', port: 3001, option: '--exporter-port' },
  feed: { program: 'the exporter’s feed', port: 3000, option: '--feed-port' },
  prometheus: { program: 'Prometheus', port: 9090, option: '--prometheus-port' },
  alertmanager: { program: 'Alertmanager', port: 9093, option: '--alertmanager-port' },
  grafana: { program: 'Grafana', port: 3002, option: '--grafana-port' },
} as const;

export type PortName = keyof typeof STACK_PORTS;
export type StackPorts = Record<PortName, number>;

/**
 * Checks that every port of `names` is free before any program starts, and chooses a free port for each 0.
 *
 * @throws Error in one line, with the port and its program
 */
export async function claimPorts(wanted: StackPorts, names: readonly PortName[]): Promise<StackPorts> {
  const claimed = { ...wanted };
  const servers: Server[] = [];
  try {
    // Keeps all ports open until the last one is found, so that no two are equal.
    for (const name of names) {
      const server = createServer();
      servers.push(server);
      claimed[name] = await listen(server, name, wanted[name]);
    }
  } finally {
    await Promise.all(servers.filter(({ listening }) => listening).map(close));
  }
  return claimed;
}

async function listen(server: Server, name: PortName, port: number): Promise<number> {
  const { program, option } = STACK_PORTS[name];
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? 'is in use' : String(error);
    const advice = `stop the program that uses it, or choose another with ${option}`;
    throw new Error(`port ${port}, which ${program} needs, ${reason}: ${advice}`, { cause: error });
  }
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
