import { HOST, STACK_PORTS, type StackPorts } from './ports.ts';

const SERVICES = ['exporter', 'prometheus', 'alertmanager'] as const;

/** `text` with the services' addresses in compose's network (`prometheus:9090`) made those of this machine. */
export function withLocalAddresses(text: string, ports: StackPorts): string {
  return SERVICES.reduce(
    (result, service) =>
      result.replaceAll(`${service}:${STACK_PORTS[service].port}`, `${HOST}:${ports[service]}`),
    text,
  );
}
