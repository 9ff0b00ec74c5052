import { describe, expect, it } from 'vitest';

import { Activities, byTrouble, totalsOf } from '../../../../../src/feed/page/state/activities.ts';
import { FakeExporter } from '../fake-exporter.ts';

const SCAN = { count: [1, 0, 3], failure_count: [0, 0, 1], p95_duration: [0.5, null, 2] };

const ONE = { count: [0, 0, 1], failure_count: [0, 0, 1], p95_duration: [null, null, 2] };
const THREE = { count: [1, 0, 2], failure_count: [0, 0, 0], p95_duration: [0.5, null, 1] };

const answerOf = (operations: object, by_server: object[] = [], source = 'prometheus'): Response =>
  Response.json({ source, operations, by_server });

function createActivities() {
  const exporter = new FakeExporter();
  let nowMs = 0;
  const live = { bootId: 'boot-1' };
  const activities = new Activities(live, exporter.api, () => nowMs);
  return {
    live,
    activities,
    exporter,
    elapse: (ms: number) => (nowMs += ms),
    refresh: async (response: Response | null) => {
      const refreshed = activities.refresh();
      await exporter.answer('activity', response);
      await refreshed;
    },
  };
}

describe('the last hour', () => {
  it('is that of each operation', async () => {
    const { activities, exporter, refresh } = createActivities();
    expect(activities.all).toEqual([]);
    const { revision } = activities;
    await refresh(answerOf({ scan: SCAN }));
    expect(exporter.asked).toEqual(['activity?minutes=60']);
    expect(activities.all).toEqual([{ label: 'scan', serverName: null, activity: SCAN }]);
    expect(activities.of('scan', null)).toEqual(SCAN);
    expect(activities.of('constructor', null)).toBeUndefined();
    expect(activities.revision).not.toBe(revision);
    expect(activities.problem).toBeNull();
  });

  it('is not that of one unknown tool, because all of them are summed up together', async () => {
    const { activities, refresh } = createActivities();
    await refresh(answerOf({ _OTHER: SCAN }));
    expect(activities.of('_OTHER', null)).toBeUndefined();
    expect(activities.all).toEqual([{ label: '_OTHER', serverName: null, activity: SCAN }]);
  });

  it('is that of each server, if several have an operation of the same name', async () => {
    const { activities, refresh } = createActivities();
    const billing = { server_name: 'billing', operation: 'scan', ...ONE };
    const shop = { server_name: 'shop', operation: 'scan', ...THREE };
    await refresh(
      answerOf({ scan: SCAN, fix: ONE }, [billing, shop, { ...billing, operation: 'fix' }], 'local'),
    );
    expect(activities.all.map(({ label, serverName }) => [label, serverName])).toEqual([
      ['scan', 'billing'],
      ['scan', 'shop'],
      ['fix', 'billing'],
    ]);
    expect(activities.of('scan', 'shop')).toMatchObject(THREE);
    expect(activities.of('scan', 'other')).toBeUndefined();
    expect(activities.all.toSorted(byTrouble).map(({ serverName }) => serverName)).toEqual([
      'billing',
      'billing',
      'shop',
    ]);
  });

  it('names no server if some operations were recorded without one', async () => {
    const { activities, refresh } = createActivities();
    await refresh(answerOf({ scan: SCAN }, [{ server_name: 'shop', operation: 'scan', ...THREE }], 'local'));
    expect(activities.all).toEqual([{ label: 'scan', serverName: null, activity: SCAN }]);
    expect(activities.of('scan', 'shop')).toEqual(SCAN);
  });

  it('is that of Prometheus, which knows more than this process, if only one server has the operation', async () => {
    const { activities, refresh } = createActivities();
    await refresh(answerOf({ scan: SCAN }, [{ server_name: 'shop', operation: 'scan', ...ONE }]));
    expect(activities.all).toEqual([{ label: 'scan', serverName: 'shop', activity: SCAN }]);
  });

  it('is asked for at most once a minute, however often somebody looks', async () => {
    const { activities, exporter, elapse, refresh } = createActivities();
    void activities.refresh();
    await activities.refresh();
    expect(exporter.asked).toHaveLength(1);
    await exporter.answer('activity', answerOf({ scan: SCAN }));
    elapse(59_999);
    await activities.refresh();
    expect(exporter.asked).toHaveLength(1);
    elapse(1);
    await refresh(answerOf({}));
    expect(activities.all).toEqual([]);
  });

  it('has a note while Prometheus is unavailable', async () => {
    const { activities, elapse, refresh } = createActivities();
    const fallback = { reason: 'refused', message: 'Prometheus refused' };
    await refresh(Response.json({ source: 'local', operations: {}, by_server: [], fallback }));
    expect(activities.note).toBe(
      "These numbers are from this exporter's memory instead of Prometheus. Prometheus refused.",
    );
    elapse(60_000);
    await refresh(answerOf({}));
    expect(activities.note).toBeNull();
  });

  it('says why there is none: no metrics, or no answer', async () => {
    const { activities, elapse, refresh } = createActivities();
    await refresh(new Response('', { status: 404 }));
    expect(activities.problem).toBe('No history: metrics are not collected.');
    elapse(60_000);
    const error = { code: 'metrics_disabled', message: 'MCP_EXPORTER_METRICS_COLLECTION_ENABLED is false' };
    await refresh(Response.json({ error }, { status: 404 }));
    expect(activities.problem).toBe('No history: MCP_EXPORTER_METRICS_COLLECTION_ENABLED is false.');
    const { revision } = activities;
    elapse(60_000);
    await refresh(null);
    expect(activities.problem).toContain('did not respond');
    expect(activities.revision).not.toBe(revision);
  });

  it('stays what it was while nobody answers, and says nothing more once somebody does', async () => {
    const { activities, elapse, refresh } = createActivities();
    await refresh(answerOf({ scan: SCAN }));
    elapse(60_000);
    await refresh(new Response('', { status: 503 }));
    expect(activities.of('scan', null)).toEqual(SCAN);
    elapse(60_000);
    await refresh(answerOf({}));
    expect(activities.problem).toBeNull();
  });

  it('is forgotten, and asked for at once, where the exporter was started again', async () => {
    const { live, activities, exporter, refresh } = createActivities();
    await refresh(answerOf({ scan: SCAN }));
    const { revision } = activities;
    live.bootId = 'boot-2';
    void activities.refresh();
    expect(activities.all).toEqual([]);
    expect(activities.revision).not.toBe(revision);
    expect(exporter.asked).toHaveLength(2);
  });
});

describe('what an hour comes to', () => {
  it('is its sums, and its worst minute', () => {
    expect(totalsOf(SCAN)).toEqual({ count: 4, failed: 1, failedNow: 1, failedPercent: 25, worstP95: 2 });
  });

  it('fails now if an operation failed in the last five minutes', () => {
    const failedAt = (minute: number) => ({
      label: 'scan',
      serverName: null,
      activity: {
        count: Array.from({ length: 60 }, () => 9),
        failure_count: Array.from({ length: 60 }, (_, index) => (index === minute ? 60 - minute : 0)),
        p95_duration: [],
      },
    });
    const rows = [54, 55, 0].map(failedAt);
    expect(rows.toSorted(byTrouble).map((row) => rows.indexOf(row))).toEqual([1, 2, 0]);
  });

  it('is nothing where nothing ended', () => {
    expect(totalsOf({ count: [0, 0], failure_count: [0, 0], p95_duration: [null, null] })).toEqual({
      count: 0,
      failed: 0,
      failedNow: 0,
      failedPercent: 0,
      worstP95: null,
    });
  });
});
