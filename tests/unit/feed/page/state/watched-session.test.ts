import { describe, expect, it } from 'vitest';

import { WatchedSession } from '../../../../../src/feed/page/state/watched-session.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, eventOf, operationOf } from '../feed-messages.ts';
import { createLoadedLive } from './live-page-model.ts';

function answerOf(seq: number, ...operations: WireOperation[]): Response {
  return Response.json({ feed: { boot_id: 'boot-1', seq }, operations });
}

/** The page of session `s`, open. */
async function createWatched() {
  const page = await createLoadedLive();
  let changes = 0;
  const watched = new WatchedSession('s', page.live, page.exporter.api, () => (changes += 1));
  watched.refresh();
  const { exporter } = page;
  return {
    ...page,
    watched,
    changes: () => changes,
    idsOf: () => watched.roots.map(({ id }) => id),
    answer: (response: Response | null) => exporter.answer('operations', response),
    open: () => exporter.open.filter((asked) => asked.startsWith('operations')).length,
  };
}

describe('a session that is watched', () => {
  it('is asked for whole, and once', async () => {
    const { watched, exporter } = await createWatched();
    watched.refresh();
    expect(exporter.open).toHaveLength(1);
    const { pathname, searchParams } = new URL(exporter.open[0] ?? '', 'http://exporter/');
    expect(pathname).toBe('/operations');
    expect(Object.fromEntries(searchParams)).toEqual({ session_id: 's', limit: '1000' });
  });

  it('has all that ended and all that runs, with its stages', async () => {
    const { watched, answer, idsOf, changes } = await createWatched();
    expect(watched).toMatchObject({ isLoaded: false, roots: [], problem: null });
    const stage = endedOf('scan', [1, 2], { parent_id: 'run' });
    await answer(answerOf(10, operationOf('run'), stage, endedOf('late', [3, 4]), endedOf('early', [0, 1])));
    expect(watched).toMatchObject({ isLoaded: true, hasActive: true });
    expect(idsOf()).toEqual(['early', 'late', 'run']);
    expect(watched.roots.at(-1)?.children.map(({ id }) => id)).toEqual(['scan']);
    expect(changes()).toBe(1);
  });

  it('goes on as events of it tell', async () => {
    const { watched, answer, hear, idsOf } = await createWatched();
    await answer(answerOf(10, operationOf('a')));
    const { revision } = watched;
    hear(
      eventOf('progressed', 'a', 10, 1, { progress: 90 }),
      eventOf('started', 'other', 11, 2, { session_id: 't' }),
      eventOf('started', 'b', 12, 3),
      eventOf('completed', 'a', 13, 4, { duration: 4 }),
    );
    expect(idsOf()).toEqual(['a', 'b']);
    expect(watched.roots[0]).toMatchObject({ status: 'completed', progress: 0 });
    expect(watched.revision).not.toBe(revision);
    hear(eventOf('completed', 'b', 14, 5, { duration: 2 }));
    expect(watched.hasActive).toBe(false);
  });

  it('hears nothing once it is closed', async () => {
    const { watched, answer, hear, idsOf } = await createWatched();
    await answer(answerOf(10));
    watched.close();
    hear(eventOf('started', 'a', 11, 0));
    expect(idsOf()).toEqual([]);
  });

  it('is asked for anew where everything is', async () => {
    const { watched, answer, gap, exporter, open, idsOf } = await createWatched();
    await answer(answerOf(10, operationOf('a')));
    gap('too_old');
    watched.refresh();
    expect(open()).toBe(0);
    await exporter.answerSnapshot(['boot-1', 30]);
    watched.refresh();
    await answer(answerOf(30, operationOf('b')));
    expect(idsOf()).toEqual(['b']);
  });

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
    await answer(answerOf(30, endedOf('a', [0, 2])));
    expect(watched.problem).toBeNull();
    elapse(60);
    watched.refresh();
    expect(open()).toBe(0);
  });

  it('has what was heard while an older answer was on its way', async () => {
    const { watched, answer, hear } = await createWatched();
    hear(eventOf('completed', 'a', 11, 2, { duration: 2 }));
    await answer(answerOf(10, operationOf('a')));
    expect(watched.roots[0]?.status).toBe('completed');
  });

  it('does not go back to what was asked for before', async () => {
    const { watched, answer, exporter, gap } = await createWatched();
    gap('too_old');
    await exporter.answerSnapshot(['boot-1', 30]);
    watched.refresh();
    await exporter.answerLast('operations', answerOf(30, endedOf('a', [0, 2])));
    await answer(answerOf(10, operationOf('a')));
    expect(watched.roots[0]?.status).toBe('completed');
  });

  it('has what outlives what started it once, below it', async () => {
    const { answer, hear, idsOf } = await createWatched();
    await answer(answerOf(10, operationOf('run'), operationOf('stage', { parent_id: 'run' })));
    hear(eventOf('cancelled', 'run', 11, 2, { duration: 2 }));
    expect(idsOf()).toEqual(['run']);
  });

  it('may be known no more, and may get no answer; why is told, until there is one', async () => {
    const { watched, answer, gap, exporter, changes } = await createWatched();
    await answer(new Response('', { status: 404 }));
    expect(watched.problem).toContain('Unknown session');
    expect(changes()).toBe(1);
    const reload = async (response: Response | null): Promise<void> => {
      gap('too_old');
      await exporter.answerSnapshot(['boot-1', 30]);
      watched.refresh();
      await answer(response);
    };
    await reload(null);
    expect(watched.problem).toContain('did not respond');
    await reload(answerOf(30));
    expect(watched).toMatchObject({ problem: null, isLoaded: true });
  });

  it('is asked for again where there was none, once an event of it is heard', async () => {
    const { watched, answer, hear, open } = await createWatched();
    await answer(new Response('', { status: 404 }));
    hear(eventOf('started', 'x', 11, 1, { session_id: 't' }));
    expect(open()).toBe(0);
    hear(eventOf('started', 'a', 12, 2), eventOf('started', 'b', 13, 3));
    expect(open()).toBe(1);
    await answer(answerOf(13, operationOf('a'), operationOf('b')));
    expect(watched).toMatchObject({ problem: null, isLoaded: true });
  });
});
