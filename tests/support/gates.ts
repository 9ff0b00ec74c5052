import type { Config } from '../../src/settings/config.ts';
import { Gate, type GateOptions } from '../../src/http/gate.ts';
import { createLogger } from '../../src/logging/logger.ts';
import { systemClock } from '../../src/monitor/clock.ts';

/** A gate on loopback with default settings. */
export function createGate(config: Partial<Config> = {}, options: Partial<GateOptions> = {}): Gate {
  return new Gate({
    config: {
      host: 'localhost',
      apiKey: undefined,
      allowedHosts: [],
      allowedOrigins: [],
      publicUrl: undefined,
      allowsUnauthenticated: false,
      variablePrefix: '',
      ...config,
    },
    keyWithoutHeader: () => undefined,
    logger: createLogger('silent'),
    clock: systemClock,
    onRefused: () => undefined,
    onLimit: () => undefined,
    ...options,
  });
}
