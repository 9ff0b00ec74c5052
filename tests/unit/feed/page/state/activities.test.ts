import { describe, expect, it } from 'vitest';

import { Activities, totalsOf } from '../../../../../src/feed/page/state/activities.ts';
import { FakeExporter } from '../fake-exporter.ts';

const SCAN = { count: [1, 0, 3], failure_count: [0, 0, 1], p95_duration: [0.5, null, 2] };

function createActivities() {
  const exporter = new FakeExporter();
  let nowMs = 0;
  const activities = new Activities(exporter.api, () => nowMs);
  return {
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
    await refresh(Response.json({ operations: { scan: SCAN } }));
    expect(exporter.asked).toEqual(['activity?minutes=60']);
    expect(activities.all).toEqual([['scan', SCAN]]);
    expect(activities.of('scan')).toEqual(SCAN);
    expect(activities.of('constructor')).toBeUndefined();
    expect(activities.revision).not.toBe(revision);
    expect(activities.problem).toBeNull();
  });

  it('is not that of one unknown tool, because all of them are summed up together', async () => {
    const { activities, refresh } = createActivities();
    await refresh(Response.json({ operations: { _OTHER: SCAN } }));
    expect(activities.of('_OTHER')).toBeUndefined();
    expect(activities.all).toEqual([['_OTHER', SCAN]]);
  });

  it('is asked for at most once a minute, however often somebody looks', async () => {
    const { activities, exporter, elapse, refresh } = createActivities();
    void activities.refresh();
    await activities.refresh();
    expect(exporter.asked).toHaveLength(1);
    await exporter.answer('activity', Response.json({ operations: { scan: SCAN } }));
    elapse(59_999);
    await activities.refresh();
    expect(exporter.asked).toHaveLength(1);
    elapse(1);
    await refresh(Response.json({ operations: {} }));
    expect(activities.all).toEqual([]);
  });

  it('says why there is none: no metrics, or no answer', async () => {
    const { activities, elapse, refresh } = createActivities();
    await refresh(new Response('', { status: 404 }));
    expect(activities.problem).toContain('METRICS_COLLECTION_ENABLED is false');
    const { revision } = activities;
    elapse(60_000);
    await refresh(null);
    expect(activities.problem).toContain('did not respond');
    expect(activities.revision).not.toBe(revision);
  });

  it('stays what it was while nobody answers, and says nothing more once somebody does', async () => {
    const { activities, elapse, refresh } = createActivities();
    await refresh(Response.json({ operations: { scan: SCAN } }));
    elapse(60_000);
    await refresh(new Response('', { status: 503 }));
    expect(activities.of('scan')).toEqual(SCAN);
    elapse(60_000);
    await refresh(Response.json({ operations: {} }));
    expect(activities.problem).toBeNull();
  });

  it('is forgotten, and asked for at once, where the exporter was started again', async () => {
    const { activities, exporter, refresh } = createActivities();
    await refresh(Response.json({ operations: { scan: SCAN } }));
    const { revision } = activities;
    activities.forget();
    expect(activities.all).toEqual([]);
    expect(activities.revision).not.toBe(revision);
    void activities.refresh();
    expect(exporter.asked).toHaveLength(2);
  });
});

describe('what an hour comes to', () => {
  it('is its sums, and its worst minute', () => {
    expect(totalsOf(SCAN)).toEqual({ count: 4, failed: 1, failedPercent: 25, worstP95: 2 });
  });

  it('is nothing where nothing ended', () => {
    expect(totalsOf({ count: [0, 0], failure_count: [0, 0], p95_duration: [null, null] })).toEqual({
      count: 0,
      failed: 0,
      failedPercent: 0,
      worstP95: null,
    });
  });
});
