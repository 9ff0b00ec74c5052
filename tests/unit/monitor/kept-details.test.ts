import { describe, expect, test } from 'vitest';

import { RealtimeMonitor } from '../../../src/monitor/realtime-monitor.ts';
import { Redactor } from '../../../src/redaction/redactor.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { operationToWire } from '../../../src/wire-format/wire-format.ts';

function detailsOf(details: object, progress: object = {}) {
  const monitor = new RealtimeMonitor('s');
  const id = monitor.startMonitoring('n', 'o', details as Record<string, unknown>);
  monitor.updateProgress(id, 1, progress as Record<string, unknown>);
  const operation = monitor.operations.get(id);
  if (!operation) throw new TypeError('expected the operation');
  return operation.details;
}

test('ordinary details are kept unchanged, as a copy', () => {
  const rows = { count: 5, names: ['a', 'b'], at: new Date(0), nothing: null };
  const details = detailsOf({ rows, big: 12n });
  rows.names.push('c');
  expect(details).toEqual({
    rows: { count: 5, names: ['a', 'b'], at: new Date(0), nothing: null },
    big: 12n,
  });
});

test('a member of details called __proto__ stays a member', () => {
  const details = detailsOf(JSON.parse('{"__proto__":{"polluted":true},"a":1}') as object);
  expect(Object.keys(details)).toEqual(['__proto__', 'a']);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

describe('what a hostile caller gives as details', () => {
  const cyclic: Record<string, unknown> = { name: 'a' };
  cyclic['self'] = cyclic;
  let deep: unknown = 'bottom';
  for (let i = 0; i < 100_000; i++) deep = [deep];
  let reads = 0;
  const endless: object = new Proxy(
    {},
    {
      ownKeys: () => ['a', 'b'],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
      get: () => {
        reads += 1;
        return endless;
      },
    },
  );

  test.each<[string, object]>([
    ['refers to itself', { cyclic }],
    ['is nested a hundred thousand times', { deep }],
    ['has no end', { endless }],
    ['is a list of a million', { list: Array.from({ length: 1_000_000 }, (_, i) => ({ i })) }],
    ['is a text of 50 MB', { text: 'x'.repeat(50_000_000) }],
    [
      'has a thousand members',
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 'x'.repeat(500)])),
    ],
    [
      'has texts in lists in lists',
      { list: Array.from({ length: 40 }, () => Array.from({ length: 40 }, () => 'x'.repeat(1000))) },
    ],
  ])('an object in details is kept, but cut, if it %s', (_, details) => {
    const kept = detailsOf(details);
    expect(JSON.stringify(kept).length).toBeLessThan(20_000);
    expect(new Redactor().details(kept)).toEqual(kept);
    expect(reads).toBeLessThan(10_000);
  });

  test.each<[string, object]>([
    [
      'throws when it is read',
      {
        get secret() {
          throw new Error('no');
        },
      },
    ],
    [
      'throws when its members are counted',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('details are left out if an object in them %s', (_, details) => {
    expect(detailsOf(details)).toEqual({});
    expect(detailsOf({ nested: details, a: 1 })).toEqual({});
  });
});

test('an operation with ten thousand updates of its details keeps the last ones', () => {
  const monitor = new RealtimeMonitor('s');
  const id = monitor.startMonitoring('n');
  for (let i = 0; i < 10_000; i++) monitor.updateProgress(id, 1, { [`k${i}`]: 'x'.repeat(100) });
  const details = monitor.operations.get(id)?.details ?? {};
  expect(JSON.stringify(details).length).toBeLessThan(12_000);
  expect(details).toHaveProperty('k9999');
});

test('a long error is redacted before it is cut', () => {
  const monitor = new RealtimeMonitor('s');
  const id = monitor.startMonitoring('n');
  monitor.stopMonitoring(
    id,
    { error: `${'x '.repeat(245)}password=hunter2hunter2 ${'y'.repeat(1_000_000)}` },
    false,
  );
  const error = monitor.operations.get(id)?.error ?? '';
  expect(error.length).toBeLessThan(1100);
  expect(error).not.toContain('hunter2');
});

describe('the details of all sessions', () => {
  const text = 'x'.repeat(1000);

  test('if details exceed the bound of all sessions, the session with the most loses its oldest', () => {
    const limits: string[] = [];
    const sessions = new SessionRegistry({ bounds: { maxDetails: 20_000 } });
    sessions.subscribe((event) => {
      if (event.type === 'limit_reached') limits.push(event.limit);
    });
    const small = sessions.open('small');
    small.startMonitoring('n', 'kept', { text });
    const large = sessions.open('large');
    for (let i = 0; i < 2000; i++) large.stopMonitoring(large.startMonitoring('n', `${i}`, { text }));
    const sizes = sessions
      .monitors()
      .flatMap((monitor) => monitor.allOperations())
      .map((operation) => JSON.stringify(operationToWire(operation, sessions.redactor).details).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30_000);
    expect(small.operations.get('kept')?.details).toEqual({ text });
    expect(large.operations.get('1999')?.details).toEqual({ text });
    expect(limits.filter((limit) => limit === 'details_total').length).toBeGreaterThan(1900);
  });

  test('details of a forgotten session do not count toward the bound of all sessions', () => {
    const sessions = new SessionRegistry({ maxSessions: 1, bounds: { maxDetails: 3000 } });
    const limits: string[] = [];
    sessions.subscribe((event) => {
      if (event.type === 'limit_reached') limits.push(event.limit);
    });
    for (let i = 0; i < 100; i++) sessions.open(`${i}`).startMonitoring('n', 'o', { text, more: text });
    expect(limits).toEqual([]);
  });
});
