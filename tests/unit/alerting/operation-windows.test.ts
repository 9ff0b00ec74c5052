import { expect, test } from 'vitest';

import { OperationWindows } from '../../../src/alerting/operation-windows.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function watching(maxSubjects = 200) {
  const clock = new FakeClock();
  const sessions = new SessionRegistry({ clock });
  const windows = new OperationWindows({
    clock,
    config: { slowOperationSeconds: 5 },
    serverOf: (sessionId) => sessions.serverNameOf(sessionId),
    maxSubjects,
  });
  sessions.subscribe((event) => {
    if (event.type === 'operation') windows.onOperation(event);
  });
  const monitor = sessions.open('s');
  return {
    clock,
    monitor,
    sessions,
    all: () => [...windows.counts()],
    counts: (name: string) => {
      const found = [...windows.counts()].find(([{ operation }]) => operation === name);
      if (!found) return undefined;
      const { ended, failed, slow } = found[1];
      return { ended, failed, slow };
    },
    operations: () => [...windows.counts()].map(([{ operation }]) => operation),
    end: (operation: string, success = true) =>
      monitor.stopMonitoring(monitor.startMonitoring(operation), {}, success),
  };
}

test('a cancelled operation does not count', () => {
  const { counts, end, monitor } = watching();
  end('scan');
  end('scan', false);
  monitor.cancelMonitoring(monitor.startMonitoring('scan'));
  expect(counts('scan')).toEqual({ ended: 2, failed: 1, slow: 0 });
});

test('slow is what took longer than the threshold and was not cancelled', () => {
  const { clock, counts, monitor } = watching();
  const ids = Array.from({ length: 4 }, () => monitor.startMonitoring('scan'));
  const [exact = '', completed = '', failed = '', cancelled = ''] = ids;
  clock.advance(5000);
  monitor.stopMonitoring(exact);
  clock.advance(1);
  monitor.stopMonitoring(completed);
  monitor.stopMonitoring(failed, {}, false);
  monitor.cancelMonitoring(cancelled);
  expect(counts('scan')).toEqual({ ended: 3, failed: 1, slow: 2 });
});

test('what is active, and how far it is, does not count', () => {
  const { counts, monitor } = watching();
  monitor.updateProgress(monitor.startMonitoring('scan'), 50);
  expect(counts('scan')).toEqual({ ended: 0, failed: 0, slow: 0 });
});

test('the window is the last five minutes, to within ten seconds', () => {
  const { clock, counts, end } = watching();
  for (let second = 0; second < 600; second++) {
    end('scan', second % 2 === 0);
    if (second === 599) expect(counts('scan')).toEqual({ ended: 300, failed: 150, slow: 0 });
    clock.advance(1000);
  }
  // A slot of ten seconds goes at once.
  expect(counts('scan')).toEqual({ ended: 290, failed: 145, slow: 0 });
  clock.advance(280_000);
  expect(counts('scan')).toMatchObject({ ended: 10 });
  clock.advance(10_000);
  expect(counts('scan')).toEqual({ ended: 0, failed: 0, slow: 0 });
});

test('hours without traffic leave nothing behind', () => {
  const { clock, counts, end } = watching();
  end('scan', false);
  clock.advance(5 * 3_600_000);
  end('scan');
  expect(counts('scan')).toEqual({ ended: 1, failed: 0, slow: 0 });
});

test('operations past the limit are counted together, in the order in which they started', () => {
  const { end, operations, monitor, counts } = watching(2);
  const first = monitor.startMonitoring('first');
  for (let i = 0; i < 1000; i++) end(`operation-${i}`, false);
  monitor.stopMonitoring(first);
  expect(operations().toSorted()).toEqual(['_OTHER', 'first', 'operation-0']);
  expect(counts('_OTHER')).toEqual({ ended: 999, failed: 999, slow: 0 });
});

test('each server has its own counts, with the last error', () => {
  const { all, sessions } = watching();
  for (const server of ['a', 'b']) {
    const monitor = sessions.open(server, server);
    for (const error of ['first', `${server} is broken ${'x'.repeat(300)}`]) {
      monitor.stopMonitoring(monitor.startMonitoring('scan'), { error }, false);
    }
    monitor.stopMonitoring(monitor.startMonitoring('scan'));
  }
  const counts = all().map(([{ server, operation }, { ended, failed, lastError }]) => [
    server,
    operation,
    ended,
    failed,
    lastError?.slice(0, 11),
    lastError?.length,
  ]);
  expect(counts).toEqual([
    ['a', 'scan', 3, 2, 'a is broken', 200],
    ['b', 'scan', 3, 2, 'b is broken', 200],
  ]);
});

test('operations that may hang are counted until they make progress or end', () => {
  const { clock, monitor, all } = watching();
  const stall = () => all()[0]?.[1].stall;
  const id = monitor.startMonitoring('scan');
  clock.advance(31_000);
  expect(stall()).toEqual({ count: 1, silentSeconds: 31 });
  monitor.updateProgress(id, 10);
  expect(stall()).toBeNull();
  clock.advance(31_000);
  monitor.stopMonitoring(id);
  expect(stall()).toBeNull();
});
