import { describe, expect, it } from 'vitest';

import { Usuals } from '../../../../../src/feed/page/state/usuals.ts';
import { FakeExporter } from '../fake-exporter.ts';

const SUMMARIES = { scan: { count: 3, failure_count: 1, median_duration: 2, p95_duration: 5 } };

function createUsuals() {
  const exporter = new FakeExporter();
  let nowMs = 0;
  const usuals = new Usuals(exporter.api, () => nowMs);
  return {
    usuals,
    exporter,
    elapse: (ms: number) => (nowMs += ms),
    refresh: async (response: Response | null) => {
      const refreshed = usuals.refresh();
      await exporter.answer('summary', response);
      await refreshed;
    },
  };
}

describe('what is usual', () => {
  it('is what the last day has seen', async () => {
    const { usuals, exporter, refresh } = createUsuals();
    expect(usuals.of('scan')).toBeUndefined();
    await refresh(Response.json({ operations: SUMMARIES }));
    expect(exporter.asked).toEqual(['summary?hours=24']);
    expect(usuals.of('scan')).toEqual({ count: 3, median: 2, p95: 5 });
    expect(usuals.of('constructor')).toBeUndefined();
  });

  it('says why while Prometheus is unavailable', async () => {
    const { usuals, elapse, refresh } = createUsuals();
    await refresh(Response.json({ operations: SUMMARIES, source: 'local' }));
    expect(usuals.problem).toBeNull();
    elapse(60_000);
    const fallback = { reason: 'timeout', message: 'Prometheus did not answer within 3000 ms' };
    await refresh(Response.json({ operations: SUMMARIES, source: 'local', fallback }));
    expect(usuals.problem).toBe(fallback.message);
    elapse(60_000);
    await refresh(Response.json({ operations: SUMMARIES, source: 'prometheus' }));
    expect(usuals.problem).toBeNull();
  });

  it('is unknown for unknown tools, which are summarized together', async () => {
    const { usuals, refresh } = createUsuals();
    await refresh(Response.json({ operations: { ...SUMMARIES, _OTHER: SUMMARIES.scan } }));
    expect(usuals.of('_OTHER')).toBeUndefined();
  });

  it('is asked for at most once a minute, however often somebody wants to know', async () => {
    const { usuals, exporter, elapse, refresh } = createUsuals();
    void usuals.refresh();
    await usuals.refresh();
    expect(exporter.asked).toHaveLength(1);
    await exporter.answer('summary', Response.json({ operations: SUMMARIES }));
    elapse(59_999);
    await usuals.refresh();
    expect(exporter.asked).toHaveLength(1);
    elapse(1);
    await refresh(Response.json({ operations: {} }));
    expect(usuals.of('scan')).toBeUndefined();
  });

  it('stays what it was while nobody answers, and is asked for again a minute later', async () => {
    const { usuals, exporter, elapse, refresh } = createUsuals();
    await refresh(Response.json({ operations: SUMMARIES }));
    elapse(60_000);
    await refresh(null);
    expect(usuals.of('scan')).toMatchObject({ median: 2 });
    elapse(59_999);
    await usuals.refresh();
    expect(exporter.asked).toHaveLength(2);
  });

  it('is asked for at once of another run of the exporter', async () => {
    const { usuals, exporter, refresh } = createUsuals();
    await refresh(Response.json({ operations: SUMMARIES }));
    usuals.forget();
    void usuals.refresh();
    expect(exporter.asked).toHaveLength(2);
  });
});
