import type { Redactor } from '../redaction/redactor.ts';
import type { Clock } from './clock.ts';
import { LIMITS, type OnLimit } from './limits.ts';
import type { UnreachableServer } from './server-states.ts';
import type { TrafficEvent } from './traffic-events.ts';
import { wireName } from './wire-name.ts';

export interface UnreachableServersOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly onLimit: OnLimit;
}

/** The unreachable servers, until they respond or their proxies leave. */
export class UnreachableServers {
  readonly #options: UnreachableServersOptions;
  readonly #servers = new Map<string, UnreachableServer>();

  constructor(options: UnreachableServersOptions) {
    this.#options = options;
  }

  /** In the order in which they became unreachable. */
  get all(): UnreachableServer[] {
    return [...this.#servers.values()];
  }

  /** @returns whether the list has changed */
  take({ serverName: name, isUp, reason }: Extract<TrafficEvent, { type: 'upstream_checked' }>): boolean {
    const { clock, redactor, onLimit } = this.#options;
    const serverName = wireName(name);
    if (isUp !== false) return this.#servers.delete(serverName);
    if (this.#servers.has(serverName)) return false;
    if (this.#servers.size >= LIMITS.unreachable_servers.max) {
      onLimit('unreachable_servers');
      return false;
    }
    this.#servers.set(serverName, {
      serverName,
      reason: reason === '' ? null : redactor.line(reason),
      since: new Date(clock.now()),
    });
    return true;
  }
}
