import { expect, test } from 'vitest';

import { FeedBroadcast } from '../../../src/feed/feed-broadcast.ts';
import type { FeedClient } from '../../../src/feed/feed-client.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';

function broadcasting() {
  const ignore = () => undefined;
  const metrics = { feedClients: ignore, feedEvents: ignore, feedDropped: ignore };
  const broadcast = new FeedBroadcast(new SessionRegistry(), metrics, createLogger('silent'), 100);
  const frames: string[] = [];
  const client = {
    isLive: true,
    position: 0,
    send: (frame: Buffer) => frames.push(frame.toString()),
    caughtUp: ignore,
  };
  broadcast.add(client as unknown as FeedClient);
  return { broadcast, frames };
}

test('however often servers become unreachable, only the last list is written', () => {
  const { broadcast, frames } = broadcasting();
  let written = 0;
  const server = {
    serverName: 'shop',
    since: new Date(0),
    get reason() {
      written += 1;
      return null;
    },
  };
  for (let i = 0; i < 100; i++) broadcast.onUnreachableServers(Array.from({ length: i }, () => server));
  broadcast.flush();
  expect(frames.at(-1)?.match(/"shop"/g)).toHaveLength(99);
  expect(written).toBe(99);
});
