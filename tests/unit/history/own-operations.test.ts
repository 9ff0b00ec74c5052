import { expect, test } from 'vitest';

import { LocalHistory } from '../../../src/history/local-history.ts';
import { expectOwnOperations } from '../../../src/history/own-operations.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Compares what Prometheus has with the operations of this process, ten minutes after they ended. */
function comparing(own: Record<string, number>) {
  const clock = new FakeClock();
  const local = new LocalHistory(clock, DEFAULT_CONFIG);
  for (const [name, count] of Object.entries(own)) {
    for (let i = 0; i < count; i++) local.record(name, 1, 'completed');
  }
  clock.advance(600_000);
  return async (counts: Record<string, number>) =>
    expectOwnOperations(local, { sinceMs: 0, counts: new Map(Object.entries(counts)) }, clock.now());
}

test('Prometheus may have more operations than this process, but not fewer of any name', async () => {
  const compare = comparing({ scan: 2, fix: 1 });
  await expect(compare({ scan: 2, fix: 5, other: 1 })).resolves.toBeUndefined();
  await expect(compare({ scan: 1, fix: 5 })).rejects.toThrow('has 1 operations "scan"');
});

test('operations without series of their own in Prometheus are among its others', async () => {
  const compare = comparing({ scan: 2, fix: 3 });
  await expect(compare({ scan: 2, _OTHER: 3 })).resolves.toBeUndefined();
  await expect(compare({ scan: 2, _OTHER: 2 })).rejects.toThrow('has 2 operations "fix"');
});

test('operations that share a name in this process have their own in Prometheus', async () => {
  const compare = comparing({ scan: 2, _OTHER: 3 });
  await expect(compare({ scan: 2, fix: 1, build: 2 })).resolves.toBeUndefined();
  await expect(compare({ scan: 2 })).rejects.toThrow('has 2 operations "_OTHER"');
});
