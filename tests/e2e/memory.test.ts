import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

// In a process of its own, with the garbage collector at hand.
const PROGRAM = `
  import { History, MetricsCollector, SessionRegistry } from 'mcp-exporter';
  const sessions = new SessionRegistry();
  const collector = new MetricsCollector();
  sessions.subscribe(collector.onEvent);
  sessions.subscribe(new History().onEvent);
  const monitor = sessions.open('busy');
  const heapAfter = (operations) => {
    for (let i = 0; i < operations; i++) {
      const id = monitor.startMonitoring('operation-' + (i % 50));
      monitor.updateProgress(id, 50, { i });
      if (i % 10 === 0) monitor.stopMonitoring(id, { error: 'x' }, false);
      else monitor.stopMonitoring(id, { i });
    }
    for (let i = 0; i < 4; i++) globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  const few = heapAfter(10_000);
  const many = heapAfter(990_000);
  sessions.stop();
  console.log(JSON.stringify({ few, many, total: monitor.getOperationSummary().totalOperations, kept: monitor.operations.size }));
`;

test('a million operations later the heap is where it was after ten thousand', () => {
  const args = ['--expose-gc', '--input-type=module', '--eval', PROGRAM];
  const { few, many, total, kept } = JSON.parse(
    execFileSync(process.execPath, args, { encoding: 'utf8' }),
  ) as {
    few: number;
    many: number;
    total: number;
    kept: number;
  };
  expect({ total, kept }).toEqual({ total: 1_000_000, kept: 1000 });
  expect(many / few).toBeLessThan(1.1);
});
