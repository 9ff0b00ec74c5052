import { expect, test } from 'vitest';

import { findFamily } from '../../../src/http/operation-family.ts';
import { RealtimeMonitor } from '../../../src/monitor/realtime-monitor.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const names = (operations: readonly { operationName: string }[]) =>
  operations.map(({ operationName }) => operationName);

function family(monitor: RealtimeMonitor, name: string) {
  const all = monitor.allOperations();
  const operation = all.find(({ operationName }) => operationName === name);
  if (!operation) throw new Error(`${name} is not there`);
  const { ancestors, descendants } = findFamily(all, operation);
  return { ancestors: names(ancestors), descendants: names(descendants) };
}

test('descendants that start at the same moment are found, although they ended before their parents', async () => {
  const monitor = new RealtimeMonitor('s', { clock: new FakeClock() });
  await monitor.run('root', () =>
    monitor.run('stage', () => monitor.run('step', () => monitor.run('detail', () => 0))),
  );
  await monitor.run('other', () => 0);
  expect(family(monitor, 'root')).toEqual({ ancestors: [], descendants: ['stage', 'step', 'detail'] });
  expect(family(monitor, 'step')).toEqual({ ancestors: ['root', 'stage'], descendants: ['detail'] });
  expect(family(monitor, 'other')).toEqual({ ancestors: [], descendants: [] });
});

test('if an id was used again, children belong to the run in which they started', async () => {
  const clock = new FakeClock();
  const monitor = new RealtimeMonitor('s', { clock });
  await monitor.run('monday', () => monitor.run('monday stage', () => 0), { id: 'nightly' });
  clock.advance(1000);
  await monitor.run('tuesday', () => monitor.run('tuesday stage', () => 0), { id: 'nightly' });
  expect(family(monitor, 'monday').descendants).toEqual(['monday stage']);
  expect(family(monitor, 'tuesday').descendants).toEqual(['tuesday stage']);
});

test('an operation that names itself as its parent has no family', () => {
  const monitor = new RealtimeMonitor('s', { clock: new FakeClock() });
  monitor.mirror({
    type: 'operation',
    kind: 'started',
    sessionId: 's',
    operationId: 'one',
    parentId: 'one',
    operationName: 'odd',
    status: 'started',
    progress: 0,
    timestampMs: 0,
  });
  expect(family(monitor, 'odd')).toEqual({ ancestors: [], descendants: [] });
});

test('an operation has all of its children, in the order of their starts', () => {
  const clock = new FakeClock();
  const monitor = new RealtimeMonitor('s', { clock });
  const root = monitor.startMonitoring('root', 'root');
  monitor.within(root, () => {
    for (const name of ['first', 'second', 'third']) {
      clock.advance(2000);
      monitor.startMonitoring(name, name);
    }
  });
  // Ended operations are known before those that are active.
  for (const id of ['third', 'second']) monitor.stopMonitoring(id);
  expect(family(monitor, 'root').descendants).toEqual(['first', 'second', 'third']);
});

test('a child belongs to the latest run of its parent’s id, also if an earlier one ended later', () => {
  const clock = new FakeClock();
  const operation = (
    operationName: string,
    operationId: string,
    parentId: string | null,
    startMs: number,
  ) => ({
    operationName,
    operationId,
    parentId,
    sessionId: 's',
    startTime: new Date(startMs),
    endTime: null,
    duration: null,
    status: 'running' as const,
    progress: 0,
    details: {},
    error: null,
  });
  const late = operation('late', 'nightly', null, clock.now());
  const early = operation('early', 'nightly', null, clock.now() - 5000);
  const child = operation('child', 'c', 'nightly', clock.now() + 10);
  const { ancestors } = findFamily([late, child, early], child);
  expect(names(ancestors)).toEqual(['late']);
});
