import { describe, expect, it } from 'vitest';

import { WatchedOperation } from '../../../../../src/feed/page/state/watched-operation.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, eventOf, operationOf, timeAt } from '../feed-messages.ts';
import { createLoadedLive } from './live-page-model.ts';

interface Answer {
  readonly seq?: number;
  readonly points?: readonly (readonly [number, number])[];
  readonly ancestors?: readonly WireOperation[];
  readonly descendants?: readonly WireOperation[];
  readonly server?: string;
}

function answerOf(operation: WireOperation, answer: Answer = {}): Response {
  const { seq = 10, points = [], ancestors = [], descendants = [], server = null } = answer;
  return Response.json({
    feed: { boot_id: 'boot-1', seq },
    operation: { ...operation, server_name: server, progress_over_time: points },
    ancestors,
    descendants,
  });
}

/** The page of operation `a`, open. */
async function createWatched() {
  const page = await createLoadedLive();
  let changes = 0;
  const reference = { id: 'a', sessionId: 's', startTime: timeAt(0) };
  const watched = new WatchedOperation(reference, page.live, page.exporter.api, () => (changes += 1));
  watched.refresh();
  const { exporter } = page;
  return {
    ...page,
    watched,
    changes: () => changes,
    answer: (response: Response | null) => exporter.answer('operations/a', response),
    open: () => exporter.open.filter((asked) => asked.startsWith('operations/a')).length,
  };
}

const stageOf = (parent_id: string): { parent_id: string } => ({ parent_id });
const RUNNING = operationOf('a', { progress: 20 });

describe('an operation that is watched', () => {
  it('is asked for by what the link said', async () => {
    const { exporter } = await createWatched();
    const { pathname, searchParams } = new URL(exporter.open[0] ?? '', 'http://exporter/');
    expect(pathname).toBe('/operations/a');
    expect(Object.fromEntries(searchParams)).toEqual({ session_id: 's', start_time: timeAt(0) });
  });

  it('has its stages in the order of the answer if their times are the same', async () => {
    const { watched, answer } = await createWatched();
    const names = ['scan', 'fix', 'validate'];
    const descendants = names.map((name) => endedOf(name, [1, 1], stageOf('a')));
    await answer(answerOf(RUNNING, { descendants }));
    expect(watched.record?.children.map(({ id }) => id)).toEqual(names);
  });

  it('is not known at first, and then it is, with its family', async () => {
    const { watched, answer, changes } = await createWatched();
    expect(watched).toMatchObject({ record: null, problem: null, serverName: null, points: [] });
    await answer(
      answerOf(RUNNING, {
        descendants: [endedOf('scan', [1, 2], stageOf('a'))],
        points: [[1, 20]],
        server: 'files',
      }),
    );
    expect(watched.record?.parent).toBeNull();
    expect(watched.record).toMatchObject({ id: 'a', progress: 20 });
    expect(watched.record?.children.map(({ id }) => id)).toEqual(['scan']);
    expect(watched).toMatchObject({ problem: null, serverName: 'files', points: [[1, 20]] });
    expect(changes()).toBe(1);
    expect(JSON.parse(watched.json)).toMatchObject({ operation: { operation_id: 'a' } });
  });

  it('stands below what started it', async () => {
    const { watched, answer } = await createWatched();
    const ancestors = [operationOf('outer'), operationOf('inner', stageOf('outer'))];
    await answer(answerOf(operationOf('a', stageOf('inner')), { ancestors }));
    expect(watched.record?.parent).toMatchObject({ id: 'inner' });
    expect(watched.record?.parent?.parent).toMatchObject({ id: 'outer' });
  });

  it('is asked for once, however often the page is drawn', async () => {
    const { watched, answer, open } = await createWatched();
    for (let time = 0; time < 3; time++) watched.refresh();
    expect(open()).toBe(1);
    await answer(answerOf(RUNNING));
    watched.refresh();
    expect(open()).toBe(0);
  });

  it('goes on as events tell, with its stages', async () => {
    const { watched, answer, hear } = await createWatched();
    await answer(answerOf(RUNNING, { points: [[1, 20]] }));
    hear(
      eventOf('started', 'fix', 11, 3, stageOf('a')),
      eventOf('progressed', 'a', 12, 4, { progress: 60, message: 'fixing' }),
    );
    expect(watched.record).toMatchObject({ progress: 60, message: 'fixing' });
    expect(watched.record?.children.map(({ id }) => id)).toEqual(['fix']);
    expect(watched.points).toEqual([
      [1, 20],
      [4, 60],
    ]);
  });

  it('does not go back to what its answer has told already', async () => {
    const { watched, answer, hear } = await createWatched();
    await answer(answerOf(RUNNING, { seq: 15, points: [[1, 20]] }));
    hear(eventOf('progressed', 'a', 14, 1, { progress: 10 }), eventOf('started', 'x', 15, 1, stageOf('a')));
    expect(watched.record).toMatchObject({ progress: 20, children: [] });
    expect(watched.points).toEqual([[1, 20]]);
  });

  it('hears nothing of other sessions, nor once it is closed', async () => {
    const { watched, answer, hear } = await createWatched();
    await answer(answerOf(RUNNING));
    hear(eventOf('progressed', 'a', 11, 3, { session_id: 't', progress: 90 }));
    expect(watched.record).toMatchObject({ progress: 20 });
    expect(watched.points).toEqual([]);
    watched.close();
    hear(eventOf('progressed', 'a', 12, 3, { progress: 90 }));
    expect(watched.record).toMatchObject({ progress: 20 });
  });

  it('is asked for once more when it has ended: only the exporter has all of it', async () => {
    const { watched, answer, hear, open } = await createWatched();
    await answer(answerOf(RUNNING));
    hear(eventOf('completed', 'a', 11, 5, { duration: 5, progress: 100 }));
    expect(watched.record).toMatchObject({ status: 'completed', durationSeconds: 5 });
    expect(open()).toBe(1);
    const points = [
      [1, 20],
      [3, 80],
    ] as const;
    await answer(answerOf(endedOf('a', [0, 5], { details: { fixed: 3 } }), { seq: 11, points }));
    expect(watched.record).toMatchObject({ status: 'completed', details: { fixed: 3 } });
    expect(watched.points).toEqual(points);
    hear(eventOf('completed', 'scan', 12, 6, { ...stageOf('a'), duration: 1 }));
    expect(watched.record?.children.map(({ id }) => id)).toEqual(['scan']);
    expect(open()).toBe(0);
  });

  it('is asked for anew where everything is', async () => {
    const { watched, answer, gap, exporter, open } = await createWatched();
    await answer(answerOf(RUNNING));
    gap('too_old');
    watched.refresh();
    expect(open()).toBe(0);
    await exporter.answerSnapshot(['boot-1', 30]);
    watched.refresh();
    expect(open()).toBe(1);
    await answer(answerOf(operationOf('a', { progress: 70 }), { seq: 30 }));
    expect(watched.record).toMatchObject({ progress: 70 });
  });

  it('may be known no more, or not yet, and why is told', async () => {
    const { watched, answer, gap, exporter, changes } = await createWatched();
    await answer(new Response('', { status: 404 }));
    expect(watched.record).toBeNull();
    expect(watched.problem).toContain('Unknown operation');
    expect(changes()).toBe(1);
    gap('too_old');
    await exporter.answerSnapshot(['boot-1', 30]);
    watched.refresh();
    await answer(answerOf(RUNNING));
    expect(watched.problem).toBeNull();
    expect(watched.record).toMatchObject({ id: 'a' });
  });

  it.each([[null], [new Response('', { status: 503 })]])(
    'may get no answer (%s), which is told',
    async (none) => {
      const { watched, answer } = await createWatched();
      await answer(none);
      expect(watched.problem).toContain('did not respond');
    },
  );

  it('is asked for again where nobody answered, once the exporter is back, and not all the time', async () => {
    const { watched, answer, open, connect, disconnect, elapse } = await createWatched();
    disconnect();
    await answer(null);
    elapse(60);
    watched.refresh();
    expect(open()).toBe(0);
    connect();
    watched.refresh();
    watched.refresh();
    expect(open()).toBe(1);
    await answer(new Response('', { status: 503 }));
    watched.refresh();
    expect(open()).toBe(0);
    elapse(2);
    watched.refresh();
    await answer(answerOf(endedOf('a', [0, 2]), { seq: 30 }));
    expect(watched.problem).toBeNull();
    elapse(60);
    watched.refresh();
    expect(open()).toBe(0);
  });

  it('has what was heard while an older answer was on its way', async () => {
    const { watched, answer, hear } = await createWatched();
    hear(eventOf('completed', 'a', 11, 2, { duration: 2 }));
    await answer(answerOf(RUNNING));
    expect(watched.record?.status).toBe('completed');
  });

  it('does not go back to what was asked for before', async () => {
    const { watched, answer, exporter, gap } = await createWatched();
    gap('too_old');
    await exporter.answerSnapshot(['boot-1', 30]);
    watched.refresh();
    await exporter.answerLast('operations/a', answerOf(endedOf('a', [0, 2]), { seq: 30 }));
    await answer(answerOf(RUNNING));
    expect(watched.record?.status).toBe('completed');
  });

  it('is the one that the link meant where its id was used again', async () => {
    const { watched, answer, hear, open } = await createWatched();
    await answer(answerOf(endedOf('a', [0, 2])));
    hear(eventOf('started', 'a', 11, 5), eventOf('progressed', 'a', 12, 6, { progress: 50 }));
    expect(watched.record).toMatchObject({ status: 'completed', progress: 100 });
    expect(watched.points).toEqual([]);
    expect(open()).toBe(0);
  });

  it('is asked for again where there was none, once it is heard to start or to end', async () => {
    const { watched, answer, hear, open } = await createWatched();
    await answer(new Response('', { status: 404 }));
    hear(
      eventOf('started', 'b', 11, 1),
      eventOf('started', 'a', 12, 1, { session_id: 't' }),
      eventOf('progressed', 'a', 13, 2, { progress: 5 }),
    );
    expect(open()).toBe(0);
    hear(eventOf('completed', 'a', 14, 3, { duration: 3 }));
    expect(open()).toBe(1);
    await answer(answerOf(RUNNING));
    expect(watched).toMatchObject({ problem: null, record: { id: 'a' } });
  });
});
