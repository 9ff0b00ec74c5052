import { randomUUID } from 'node:crypto';

import { keyFromProtocols } from '../feed/feed-key.ts';
import { FeedServer } from '../feed/feed-server.ts';
import { Gate } from '../http/gate.ts';
import { readOpenFiles } from '../http/open-files.ts';
import { SocketLimiter } from '../http/socket-limiter.ts';
import { LIMITS } from '../monitor/limits.ts';
import { HubIntake } from '../relay/hub-intake.ts';
import type { ExporterCore } from './exporter-core.ts';

/** The parts behind the HTTP routes. They work before `start`, because a program may mount the routes without listening. */
export interface WebParts {
  readonly gate: Gate;
  readonly sockets: SocketLimiter;
  readonly feed: FeedServer;
  readonly reports: HubIntake;
}

export function createWebParts(core: ExporterCore): WebParts {
  const openFiles = readOpenFiles();
  const maxSockets = Math.min(LIMITS.sockets.max, Math.floor(openFiles.max / 4));
  const { sessions, clock, metrics, logger } = core;
  return {
    gate: createGate(core),
    sockets: new SocketLimiter({ max: maxSockets, openFiles, onLimit: sessions.reportLimit }),
    feed: createFeed(core, maxSockets),
    reports: new HubIntake({
      sessions,
      clock,
      onReporters: (count) => metrics.exporter.reporters(count),
      onEvents: (result, count) => metrics.exporter.reportedEvents(result, count),
      onPair: (pair) => logger.info(pair, 'server and proxy both report, counting each call once'),
    }),
  };
}

function createGate({ config, isAccessClear, logger, clock, metrics, sessions }: ExporterCore): Gate {
  return new Gate({
    // If the authentication settings are invalid, a random key refuses all requests.
    config: isAccessClear ? config : { ...config, apiKey: randomUUID() },
    keyWithoutHeader: keyFromProtocols,
    logger,
    clock,
    onRefused: (reason) => metrics.exporter.requestRefused(reason),
    onLimit: sessions.reportLimit,
  });
}

function createFeed(
  { config, sessions, version, metrics, logger, clock }: ExporterCore,
  maxSockets: number,
): FeedServer {
  return new FeedServer({
    sessions,
    // Half of the sockets are left for other requests.
    maxClients: Math.min(LIMITS.feed_clients.max, Math.floor(maxSockets / 2)),
    maxClientsPerAddress: Math.min(LIMITS.feed_clients_per_address.max, Math.floor(maxSockets / 4)),
    serverVersion: version,
    clock,
    metrics: metrics.exporter,
    logger,
    config,
  });
}
