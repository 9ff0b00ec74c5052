import { expect, test } from 'vitest';

import { LIMITS, type LimitName } from '../../../src/monitor/limits.ts';
import { UnreachableServers } from '../../../src/monitor/unreachable-servers.ts';
import { Redactor } from '../../../src/redaction/redactor.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function createServers() {
  const clock = new FakeClock();
  const limits: LimitName[] = [];
  const servers = new UnreachableServers({
    clock,
    redactor: new Redactor(),
    onLimit: (limit) => limits.push(limit),
  });
  const take = (serverName: string, isUp: boolean | null, reason = '') =>
    servers.take({ type: 'upstream_checked', serverName, isUp, reason });
  return { servers, clock, limits, take };
}

test('lists a server with its reason and its time until it responds or its proxy leaves', () => {
  const { servers, clock, take } = createServers();
  expect(take('up', true)).toBe(false);
  expect(take('weather', false, 'connect ECONNREFUSED 127.0.0.1:8080')).toBe(true);
  const since = new Date(clock.now());
  clock.advance(60_000);
  expect(take('maps', false)).toBe(true);
  // Its proxy reports the state again to a restarted hub.
  expect(take('weather', false, 'no connection within 5 s')).toBe(false);
  expect(servers.all).toEqual([
    { serverName: 'weather', reason: 'connect ECONNREFUSED 127.0.0.1:8080', since },
    { serverName: 'maps', reason: null, since: new Date(clock.now()) },
  ]);
  expect(take('weather', true)).toBe(true);
  expect(take('maps', null)).toBe(true);
  expect(servers.all).toEqual([]);
});

test('redacts a reason', () => {
  const { servers, take } = createServers();
  take('weather', false, 'refused by http://user:hunter2hunter2@proxy:3128');
  expect(servers.all[0]?.reason).not.toContain('hunter2');
});

test('the number of servers is limited', () => {
  const { servers, limits, take } = createServers();
  const { max } = LIMITS.unreachable_servers;
  for (let i = 0; i <= max; i++) take(`server-${i}`, false);
  expect(servers.all).toHaveLength(max);
  expect(limits).toEqual(['unreachable_servers']);
});
