import { describe, expect, test } from 'vitest';

import { LIMITS } from '../../../src/monitor/limits.ts';
import { samplesOf, total } from '../../support/exposition.ts';
import { runExporter } from '../../support/running-exporter.ts';

interface Page {
  readonly total: number;
  readonly active_total: number;
  readonly ended_total: number;
  readonly descendants_total: number;
  readonly next: string | null;
  readonly operations: readonly { operation_id: string }[];
  readonly active: readonly { operation_id: string }[];
  readonly ended: readonly unknown[];
  readonly descendants: readonly { operation_id: string }[];
}

async function paging() {
  const { exporter, get } = await runExporter();
  const page = async (path: string) => {
    const { status, text } = await get(path);
    expect(status, text).toBe(200);
    return { size: text.length, ...(JSON.parse(text) as Page) };
  };
  /** All pages, one after the other. */
  const pages = async (path: string) => {
    const all = [await page(path)];
    for (let next = all[0]?.next; next; next = all.at(-1)?.next)
      all.push(await page(`${path}&cursor=${next}`));
    return all;
  };
  return { exporter, get, page, pages };
}

const ids = (operations: readonly { operation_id: string }[]) => operations.map(({ operation_id: id }) => id);

describe('ten thousand operations that are active', () => {
  test('a snapshot of ten thousand active operations has the longest running, their number, and a cursor for the rest', async () => {
    const { exporter, page, pages } = await paging();
    const monitor = exporter.sessions.open('busy');
    for (let i = 0; i < 10_000; i++) monitor.startMonitoring('call', `${i}`);
    monitor.stopMonitoring('9999');
    const first = await page('/api/v1/snapshot');
    expect(first).toMatchObject({ active_total: 9999, ended_total: 1 });
    expect(ids(first.active)).toEqual(Array.from({ length: 500 }, (_, i) => `${i}`));
    expect(first.size).toBeLessThan(500_000);
    const all = await pages('/api/v1/snapshot?limit=1000');
    expect(all.flatMap(({ active }) => ids(active))).toEqual(Array.from({ length: 9999 }, (_, i) => `${i}`));
    expect(all.map(({ ended }) => ended.length)).toEqual([1, ...Array.from({ length: 9 }, () => 0)]);
  });

  test('of ten thousand active operations, each is on one page of the list', async () => {
    const { exporter, page, pages } = await paging();
    const monitor = exporter.sessions.open('busy');
    for (let i = 0; i < 10_000; i++) monitor.startMonitoring('call', `${i}`);
    expect(await page('/api/v1/operations')).toMatchObject({ total: 10_000, operations: { length: 100 } });
    const all = await pages('/api/v1/operations?status=started&session_id=busy&limit=1000');
    expect(all.map(({ operations }) => operations.length)).toEqual(Array.from({ length: 10 }, () => 1000));
    expect(new Set(all.flatMap(({ operations }) => ids(operations))).size).toBe(10_000);
  });

  test('ten thousand active operations are not all listed with their session, nor with the one that started them', async () => {
    const { exporter, page, pages } = await paging();
    const monitor = exporter.sessions.open('busy');
    monitor.within(monitor.startMonitoring('outer', 'outer'), () => {
      for (let i = 1; i < 10_000; i++) monitor.startMonitoring('call', `${i}`);
    });
    const session = await page('/api/v1/sessions/busy');
    expect(session).toMatchObject({ active_total: 10_000, active_operations: { length: 100 } });
    expect(await page('/api/v1/operations/outer')).toMatchObject({
      descendants_total: 9999,
      descendants: { length: 500 },
      next: '500',
    });
    const all = await pages('/api/v1/operations/outer?limit=1000');
    expect(new Set(all.flatMap(({ descendants }) => ids(descendants))).size).toBe(9999);
  });
});

test('an answer has a bound, however large the details of its operations are', async () => {
  const { exporter, get, page, pages } = await paging();
  const details = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`k${i}`, '\0'.repeat(1900)]));
  for (let session = 0; session < 10; session++) {
    const monitor = exporter.sessions.open(`s${session}`);
    for (let i = 0; i < 100; i++) monitor.stopMonitoring(monitor.startMonitoring('call', `${i}`, details));
    for (let i = 100; i < 200; i++) monitor.startMonitoring('call', `${i}`, details);
  }
  const limit = 1.1 * LIMITS.answer_bytes.max;
  for (const path of [
    '/api/v1/operations?limit=1000',
    '/api/v1/snapshot?limit=1000',
    '/api/v1/sessions/s1',
  ]) {
    expect((await page(path)).size).toBeLessThan(limit);
  }
  const all = await pages('/api/v1/operations?limit=1000');
  expect(all.reduce((sum, { operations }) => sum + operations.length, 0)).toBe(2000);
  const samples = samplesOf((await get('/metrics')).text);
  expect(total(samples, 'mcp_exporter_limit_reached_total', { limit: 'answer_bytes' })).toBeGreaterThan(0);
});

test.each([
  '/api/v1/operations?cursor=5',
  '/api/v1/operations?cursor=1.2.3',
  '/api/v1/snapshot?cursor=x',
  '/api/v1/operations/x?cursor=-1',
])('%s is refused, because no page has this cursor', async (path) => {
  const { get } = await paging();
  const { status, json } = await get(path);
  expect(status).toBe(400);
  expect(json()).toMatchObject({
    error: { code: 'invalid_parameter', message: expect.stringMatching(/^cursor: /) as string },
  });
});
