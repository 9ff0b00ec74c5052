import { describe, expect, it } from 'vitest';

import { NoAnswer, type ExporterApi } from '../../../../../src/feed/page/connection/exporter-api.ts';
import { FakeExporter } from '../fake-exporter.ts';
import { endedOf, operationOf, timeAt } from '../feed-messages.ts';

const FEED = { boot_id: 'boot-1', seq: 7 };

/** What was asked for: its path, and its parameters. */
function questionOf(ask: (api: ExporterApi) => unknown): [path: string, parameters: Record<string, string>] {
  const exporter = new FakeExporter();
  ask(exporter.api);
  const { pathname, searchParams } = new URL(exporter.asked[0] ?? '', 'http://exporter/');
  return [pathname, Object.fromEntries(searchParams)];
}

describe('the exporter is asked', () => {
  it('for a snapshot', () => {
    expect(questionOf((api) => api.snapshot())).toEqual(['/snapshot', {}]);
  });

  it('for operations, by what is said and by nothing else', () => {
    const query = { session_id: 'a&b', operation: null, status: 'failed', limit: 200 };
    expect(questionOf((api) => api.operations(query))).toEqual([
      '/operations',
      { session_id: 'a&b', status: 'failed', limit: '200' },
    ]);
  });

  it('for one operation, whatever its id', () => {
    const reference = { id: 'a/b?c#ü', sessionId: 's', startTime: timeAt(0) };
    expect(questionOf((api) => api.operation(reference))).toEqual([
      '/operations/a%2Fb%3Fc%23%C3%BC',
      { session_id: 's', start_time: timeAt(0) },
    ]);
    expect(questionOf((api) => api.operation({ id: 'a', sessionId: null, startTime: null }))).toEqual([
      '/operations/a',
      {},
    ]);
  });

  it('for what is usual, and for the last hour', () => {
    expect(questionOf((api) => api.summaries(24))).toEqual(['/summary', { hours: '24' }]);
    expect(questionOf((api) => api.activity())).toEqual(['/activity', { minutes: '60' }]);
  });

  it('beside the page, with the key that the page has at that time', () => {
    let key: string | null = null;
    const exporter = new FakeExporter(() => key);
    void exporter.api.snapshot();
    key = 's3cret';
    void exporter.api.snapshot();
    expect(exporter.keys).toEqual([null, 's3cret']);
  });
});

describe('an answer', () => {
  it('of a snapshot says of which run and moment it is', async () => {
    const exporter = new FakeExporter();
    const snapshot = exporter.api.snapshot();
    const active = [operationOf('a')];
    const ended = [endedOf('b', [0, 1])];
    await exporter.answerSnapshot(['boot-1', 7], { active, ended });
    expect(await snapshot).toEqual({ bootId: 'boot-1', seq: 7, active, endedTotal: 1, ended });
  });

  it('of operations, summaries and the last hour is handed on', async () => {
    const exporter = new FakeExporter();
    const asked = [exporter.api.operations({}), exporter.api.summaries(24), exporter.api.activity()];
    const summaries = { scan: { count: 3, failure_count: 0, median_duration: 1, p95_duration: 2 } };
    const activity = { scan: { count: [1], failure_count: [0], p95_duration: [null] } };
    await exporter.answer('operations', Response.json({ feed: FEED, operations: [] }));
    await exporter.answer('summary', Response.json({ operations: summaries }));
    await exporter.answer('activity', Response.json({ operations: activity }));
    expect(await Promise.all(asked)).toEqual([
      { feed: FEED, operations: [] },
      { operations: summaries },
      { operations: activity },
    ]);
  });

  it.each([
    ['nobody', null, null, null],
    ['what knows of no such thing', Response.json({ error: {} }, { status: 404 }), 404, null],
    ['what wants a key', Response.json({ error: { message: 'key!' } }, { status: 401 }), 401, 'key!'],
    ['what refuses in another shape', Response.json(null, { status: 403 }), 403, null],
    ['what refuses without JSON', new Response('Forbidden', { status: 403 }), 403, null],
    ['what speaks of something else', Response.json({ message: 'Welcome to the hotel' }), null, null],
    ['what speaks no JSON', new Response('<h1>Welcome to the hotel</h1>'), null, null],
  ])('that comes from %s is none', async (_, response, status, message) => {
    const exporter = new FakeExporter();
    const asked = [exporter.api.snapshot(), exporter.api.summaries(24), exporter.api.activity()];
    for (const path of ['snapshot', 'summary', 'activity']) {
      await exporter.answer(path, response?.clone() ?? null);
    }
    for (const answer of await Promise.all(asked)) {
      expect(answer).toBeInstanceOf(NoAnswer);
      expect(answer).toMatchObject({ status, message });
    }
  });
});
