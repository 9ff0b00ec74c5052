import { expect, test } from 'vitest';

import { MINUTE_MS } from '../../../src/history/activity-columns.ts';
import { ServerActivity } from '../../../src/history/server-activity.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { FakeClock, HOUR_MS } from '../../support/fake-clock.ts';

function watching() {
  const clock = new FakeClock('2026-03-01T12:00:30Z');
  const sessions = new SessionRegistry({ clock });
  const activity = new ServerActivity(clock, (sessionId) => sessions.serverNameOf(sessionId));
  sessions.subscribe(activity.onEvent);
  return {
    clock,
    activity,
    end: (server: string | null, operation: string, isSuccess = true) => {
      const monitor = sessions.open(`session of ${server}`, server);
      monitor.stopMonitoring(monitor.startMonitoring(operation), {}, isSuccess);
    },
  };
}

test('operations of the same name are counted by server, for an hour', () => {
  const { clock, activity, end } = watching();
  end('billing', 'fetch_invoice');
  clock.advance(MINUTE_MS);
  end('billing', 'fetch_invoice', false);
  end('shop', 'fetch_invoice');
  end(null, 'import');
  expect(activity.recent(2)).toMatchObject([
    { serverName: 'billing', operation: 'fetch_invoice', count: [1, 1], failureCount: [0, 1] },
    { serverName: 'shop', operation: 'fetch_invoice', count: [0, 1], failureCount: [0, 0] },
    { serverName: null, operation: 'import', count: [0, 1] },
  ]);
  expect(activity.recent(1, 'import')).toMatchObject([{ serverName: null, count: [1] }]);
  clock.advance(HOUR_MS);
  expect(activity.recent(60)).toEqual([]);
});

test('after the clock was set, they are still in the minute in which they ended', () => {
  const { clock, activity, end } = watching();
  end('shop', 'fetch_invoice');
  clock.set(HOUR_MS);
  clock.advance(MINUTE_MS);
  expect(activity.recent(3)).toMatchObject([{ count: [0, 1, 0] }]);
});

test('an operation of too many servers is left out, until earlier servers have been quiet for an hour', () => {
  const { clock, activity, end } = watching();
  for (let index = 0; index < 500; index++) end(`server-${index}`, index < 2 ? 'rare' : 'common');
  expect(activity.recent(60)).toHaveLength(500);
  end('one-more', 'common');
  expect(activity.recent(60).map(({ operation }) => operation)).toEqual(['rare', 'rare']);
  clock.advance(HOUR_MS);
  end('one-more', 'common');
  expect(activity.recent(60)).toMatchObject([{ serverName: 'one-more', operation: 'common' }]);
});
