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
