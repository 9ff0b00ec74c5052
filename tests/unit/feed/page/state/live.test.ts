import { describe, expect, it } from 'vitest';

import type { Live } from '../../../../../src/feed/page/state/live.ts';
import { NO_FILTER, type OperationFilter } from '../../../../../src/feed/page/state/page-address.ts';
import { endedOf, eventOf, helloOf, operationOf, sessionOf, START_MS, timeAt } from '../feed-messages.ts';
import { createLive, createLoadedLive } from './live-page-model.ts';

function shownBy({ operations }: Live): { active: string[]; ended: string[] } {
  return {
    active: operations.activeRoots.map(({ id }) => id),
    ended: operations.endedRoots.map(({ id }) => id),
  };
}

function noticesOf({ notices }: Live): string[] {
  return notices.map(({ kind }) => kind);
}

function filterBy(filter: Partial<OperationFilter>): OperationFilter {
  return { ...NO_FILTER, ...filter };
}

describe('a page that opens', () => {
  it('knows what there is once it has the sessions and a snapshot', async () => {
    const { live, exporter, connect, hear } = createLive();
    expect(live.isLoaded).toBe(false);
    connect();
    expect(live.isLoaded).toBe(false);
    hear(eventOf('started', 'new', 11, 3));
    const there = { active: [operationOf('old')], ended: [endedOf('over', [0, 1])] };
    await exporter.answerSnapshot(['boot-1', 10], there);
    expect(live.isLoaded).toBe(true);
    expect(shownBy(live)).toEqual({ active: ['old', 'new'], ended: ['over'] });
    expect(noticesOf(live)).toEqual([]);
  });

  it('does not know what there is while it has no sessions, or lost them with the exporter', async () => {
    const { live, exporter } = createLive();
    live.receive(helloOf('boot-1'));
    await exporter.answerSnapshot(['boot-1', 10]);
    expect(live.isLoaded).toBe(false);
    live.receive({ type: 'session_list', sessions: [sessionOf('s')] });
    expect(live.isLoaded).toBe(true);
    live.receive(helloOf('boot-2'));
    expect(live.sessions.all).toEqual([]);
    expect(live.isLoaded).toBe(false);
  });

  it('knows what the server tells of itself', () => {
    const { live, connect } = createLive();
    expect(live).toMatchObject({ serverVersion: '', grafanaUrl: null, slowSeconds: null });
    connect('boot-1', { server_version: '2.0.0', grafana_url: 'http://g/', slow_operation_threshold: 7 });
    expect(live).toMatchObject({ serverVersion: '2.0.0', grafanaUrl: 'http://g/', slowSeconds: 7 });
  });

  it('asks again after a while where it gets no snapshot, until it gets one', async () => {
    const { live, exporter, connect, elapse, waits } = createLive();
    connect();
    for (const response of [null, new Response('', { status: 503 })]) {
      await exporter.answer('snapshot', response);
      expect(exporter.open).toEqual([]);
      expect(waits()).toEqual([2000]);
      elapse(2);
    }
    await exporter.answerSnapshot(['boot-1', 10], { active: [operationOf('a')] });
    expect(shownBy(live).active).toEqual(['a']);
    expect(waits()).toEqual([]);
    expect(exporter.open).toEqual([]);
  });

  it('takes no snapshot of another run of the exporter, and asks again', async () => {
    const { live, exporter, connect, elapse } = createLive();
    connect('boot-2');
    await exporter.answerSnapshot(['boot-1', 10], { active: [operationOf('of boot-1')] });
    expect(shownBy(live).active).toEqual([]);
    expect(live.isLoaded).toBe(false);
    elapse(2);
    await exporter.answerSnapshot(['boot-2', 3], { active: [operationOf('of boot-2')] });
    expect(shownBy(live).active).toEqual(['of boot-2']);
  });

  it('renders what it hears', async () => {
    const { exporter, connect, hear, changes } = createLive();
    const seen = [changes()];
    connect();
    seen.push(changes());
    hear(eventOf('started', 'a', 11, 0));
    seen.push(changes());
    await exporter.answerSnapshot(['boot-1', 11]);
    seen.push(changes());
    expect(new Set(seen).size).toBe(4);
  });
});

describe('what is heard', () => {
  it('comes to sessions and operations', async () => {
    const { live, hear } = await createLoadedLive();
    live.receive({ type: 'session_list', sessions: [sessionOf('s')] });
    live.receive({ type: 'session_update', session: sessionOf('s', { total_operations: 4 }) });
    hear(eventOf('started', 'a', 11, 0), eventOf('completed', 'a', 12, 1, { duration: 1 }));
    expect(live.sessions.get('s')?.total_operations).toBe(4);
    expect(shownBy(live)).toEqual({ active: [], ended: ['a'] });
  });

  it('comes to those who follow, until they do no more', async () => {
    const { live, hear } = await createLoadedLive();
    const heard: number[] = [];
    const unfollow = live.follow(({ seq }) => heard.push(seq));
    hear(eventOf('started', 'a', 11, 0), eventOf('started', 'b', 12, 0));
    unfollow();
    hear(eventOf('started', 'c', 13, 0));
    expect(heard).toEqual([11, 12]);
  });

  it('may be nothing that the page shows', async () => {
    const { live, changes } = await createLoadedLive();
    const before = changes();
    live.receive({ type: 'pong', server_time: timeAt(0) });
    live.receive({ type: 'error', code: 'invalid_json', message: 'no' });
    expect(changes()).toBe(before);
  });
});

describe('a connection that breaks', () => {
  it('leaves everything as it was, and loads nothing anew where nothing was missed', async () => {
    const { live, exporter, connect, disconnect, hear } = await createLoadedLive({
      active: [operationOf('a')],
    });
    disconnect();
    expect(live.isCurrent).toBe(false);
    expect(shownBy(live).active).toEqual(['a']);
    connect();
    hear(eventOf('completed', 'a', 11, 3, { duration: 3 }));
    expect(shownBy(live)).toEqual({ active: [], ended: ['a'] });
    expect(live.isLoaded).toBe(true);
    expect(exporter.open).toEqual([]);
    expect(noticesOf(live)).toEqual([]);
  });

  it('makes the clock stand still, and coming back makes it go on', async () => {
    const { live, elapse, connect, disconnect } = await createLoadedLive();
    elapse(5);
    expect(live.nowMs).toBe(START_MS + 5000);
    expect(live.lostAtMs).toBeNull();
    disconnect();
    elapse(60);
    expect(live.nowMs).toBe(START_MS + 5000);
    expect(live.lostAtMs).toBe(START_MS + 5000);
    expect(live.serverNowMs).toBe(START_MS + 65_000);
    // Further attempts that fail do not count as hearing it.
    disconnect();
    expect(live.lostAtMs).toBe(START_MS + 5000);
    connect();
    expect(live.nowMs).toBe(START_MS + 65_000);
  });

  it('learns the exporter’s time again when a response shows that a clock has stopped', async () => {
    const { live, elapse } = await createLoadedLive();
    elapse(5);
    live.receive({ type: 'pong', server_time: timeAt(3605) });
    expect(live.nowMs).toBe(START_MS + 3_605_000);
    // The time of a slow response is a little late, which must not move running clocks back.
    live.receive({ type: 'pong', server_time: timeAt(3604.5) });
    expect(live.nowMs).toBe(START_MS + 3_605_000);
  });

  it('does not change whose clock counts: the server’s', () => {
    const { live, connect, elapse } = createLive();
    connect('boot-1', { server_time: timeAt(3600) });
    elapse(2);
    expect(live.nowMs).toBe(START_MS + 3_602_000);
  });
});

describe('a gap', () => {
  it('is told, and made good by a new snapshot', async () => {
    const { live, exporter, disconnect, elapse, connect, gap } = await createLoadedLive({
      active: [operationOf('a'), operationOf('b')],
    });
    disconnect();
    elapse(90);
    connect();
    gap('too_old');
    expect(noticesOf(live)).toEqual(['gap']);
    expect(live.notices[0]?.text).toContain('About 20 events');
    expect(shownBy(live).active).toEqual(['a', 'b']);
    const loaded = live.loaded;
    await exporter.answerSnapshot(['boot-1', 30], {
      active: [operationOf('b')],
      ended: [endedOf('a', [0, 9])],
    });
    expect(shownBy(live)).toEqual({ active: ['b'], ended: ['a'] });
    expect(live.loaded).toBe(loaded + 1);
  });

  it('that this browser made by being slow needs no snapshot: only progress is missing', async () => {
    const { live, exporter, gap } = await createLoadedLive();
    const { loaded } = live;
    gap('slow_client');
    expect(noticesOf(live)).toEqual(['slow']);
    expect(exporter.open).toEqual([]);
    expect(live.loaded).toBe(loaded);
  });

  it('is one notice, however often it comes, until a person has seen it', async () => {
    const { live, gap, changes } = await createLoadedLive();
    for (const reason of ['too_old', 'slow_client', 'too_old', 'too_old'] as const) gap(reason);
    expect(noticesOf(live)).toEqual(['slow', 'gap']);
    const before = changes();
    live.dismiss('gap');
    expect(noticesOf(live)).toEqual(['slow']);
    expect(changes()).toBeGreaterThan(before);
  });

  it('that comes while a snapshot is on its way needs a later one, and the earlier is of no use', async () => {
    const { live, exporter, connect, gap } = createLive();
    connect();
    gap('too_old');
    expect(exporter.open).toHaveLength(2);
    await exporter.answerSnapshot(['boot-1', 5], { active: [operationOf('of the first')] });
    expect(live.isLoaded).toBe(false);
    await exporter.answerSnapshot(['boot-1', 30], { active: [operationOf('of the second')] });
    expect(shownBy(live).active).toEqual(['of the second']);
  });

  it('lets the attempts for a snapshot before it end', async () => {
    const { exporter, connect, elapse, gap } = createLive();
    connect();
    await exporter.answer('snapshot', null);
    gap('too_old');
    elapse(2);
    expect(exporter.open).toHaveLength(1);
  });
});

describe('an exporter that was started again', () => {
  it('knows nothing of what was before, and that is told', async () => {
    const { live, exporter, hear, disconnect, elapse, connect } = await createLoadedLive({
      active: [operationOf('a')],
      ended: [endedOf('b', [0, 1])],
    });
    live.receive({ type: 'session_list', sessions: [sessionOf('s')] });
    disconnect();
    elapse(60);
    connect('boot-2');
    expect(shownBy(live)).toEqual({ active: [], ended: [] });
    expect(live.sessions.all).toEqual([]);
    expect(live.isLoaded).toBe(false);
    expect(noticesOf(live)).toEqual(['restarted']);
    // Its numbers begin anew.
    hear(eventOf('started', 'c', 1, 61));
    await exporter.answerSnapshot(['boot-2', 1], { active: [operationOf('c', { start_time: timeAt(61) })] });
    expect(shownBy(live)).toEqual({ active: ['c'], ended: [] });
    expect(live.isLoaded).toBe(true);
  });

  it.each([
    ['1.2.3', ['restarted']],
    ['2.0.0', ['restarted', 'updated']],
  ])('in version %s is noticed: %j', async (server_version, kinds) => {
    const { live, connect, restarts } = await createLoadedLive();
    connect('boot-2', { server_version });
    expect(noticesOf(live)).toEqual(kinds);
    expect(restarts()).toBe(1);
  });

  it('makes gaps before that of no interest', async () => {
    const { live, connect, gap } = await createLoadedLive();
    gap('too_old');
    gap('slow_client');
    connect('boot-2');
    expect(noticesOf(live)).toEqual(['restarted']);
  });

  it('does not get what was asked of the one before it', async () => {
    const { live, exporter, connect, gap } = await createLoadedLive();
    gap('too_old');
    connect('boot-2');
    await exporter.answerSnapshot(['boot-1', 30], { active: [operationOf('of boot-1')] });
    expect(shownBy(live).active).toEqual([]);
    await exporter.answerSnapshot(['boot-2', 3], { active: [operationOf('of boot-2')] });
    expect(shownBy(live).active).toEqual(['of boot-2']);
  });
});

describe('a look back', () => {
  it('brings what matches from further back than the snapshot', async () => {
    const { live, exporter } = await createLoadedLive({ ended: [endedOf('new', [8, 9])] });
    const by = { name: 'scan', status: 'failed', server: 'files', session: 's', text: 'x' } as const;
    const looking = live.lookBack(filterBy(by));
    const { searchParams } = new URL(exporter.open[0] ?? '', 'http://exporter/');
    expect(Object.fromEntries(searchParams)).toEqual({
      operation: 'scan',
      status: 'failed',
      server: 'files',
      session_id: 's',
      text: 'x',
      limit: '200',
    });
    const operations = [endedOf('old', [0, 1]), operationOf('runs')];
    await exporter.answer('operations', Response.json({ feed: { boot_id: 'boot-1', seq: 10 }, operations }));
    await looking;
    expect(shownBy(live)).toEqual({ active: [], ended: ['old', 'new'] });
  });

  it('requests nothing without a filter', async () => {
    const { live, exporter } = await createLoadedLive();
    await live.lookBack(filterBy({}));
    expect(exporter.open).toEqual([]);
  });

  it.each([{ text: 'x' }, { server: 'files' }])('requests the operations of %j', async (by) => {
    const { live, exporter } = await createLoadedLive();
    void live.lookBack(filterBy(by));
    expect(exporter.open).toEqual([`operations?${new URLSearchParams({ ...by, limit: '200' })}`]);
  });

  it('ignores the answer for an earlier filter', async () => {
    const { live, exporter } = await createLoadedLive();
    const answerOf = (id: string) =>
      Response.json({ feed: { boot_id: 'boot-1', seq: 10 }, operations: [endedOf(id, [0, 1])] });
    const all = ['a', 'ab'].map((text) => live.lookBack(filterBy({ text })));
    await exporter.answerLast('operations', answerOf('matches both'));
    await exporter.answer('operations', answerOf('matches the first'));
    await Promise.all(all);
    expect(shownBy(live).ended).toEqual(['matches both']);
  });

  it('that nobody answers changes nothing', async () => {
    const { live, exporter } = await createLoadedLive({ ended: [endedOf('new', [8, 9])] });
    const looking = live.lookBack(filterBy({ status: 'failed' }));
    await exporter.answer('operations', null);
    await looking;
    expect(shownBy(live).ended).toEqual(['new']);
  });

  it('does not bring back what was before the exporter was started again', async () => {
    const { live, exporter, connect } = await createLoadedLive();
    const looking = live.lookBack(filterBy({ status: 'failed' }));
    connect('boot-2');
    const operations = [endedOf('old', [0, 1])];
    await exporter.answer('operations', Response.json({ feed: { boot_id: 'boot-1', seq: 10 }, operations }));
    await looking;
    expect(shownBy(live).ended).toEqual([]);
  });
});
