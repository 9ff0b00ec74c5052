import { describe, expect, it } from 'vitest';

import type { ConnectionState } from '../../../../../src/feed/page/connection/feed-connection.ts';
import { Polling } from '../../../../../src/feed/page/state/polling.ts';
import { ANSWER_EXAMPLES } from '../../../../../src/http/openapi-examples.ts';
import { operationOf, sessionOf, timeAt } from '../feed-messages.ts';
import { createLive } from './live-page-model.ts';

const blocked: ConnectionState = { kind: 'waiting', delayMs: 500, problem: { kind: 'blocked' } };

function createPolling() {
  const page = createLive();
  const timers: (() => void)[] = [];
  const polling = new Polling({
    live: page.live,
    api: page.exporter.api,
    schedule: (callback) => void timers.push(callback),
  });
  return {
    ...page,
    change: (state: ConnectionState): void => {
      page.live.connectionChanged(state);
      polling.connectionChanged(state);
    },
    nextPoll: () => timers.splice(0).forEach((callback) => callback()),
    answer: async (seq: number, bootId = 'boot-1') => {
      const status = {
        ...ANSWER_EXAMPLES.StatusBody,
        feed: { boot_id: bootId, seq },
        server_time: timeAt(0),
      };
      await page.exporter.answer('status', Response.json(status));
      await page.exporter.answer('sessions', Response.json({ sessions: [sessionOf('s')] }));
    },
  };
}

describe('a page whose feed is blocked', () => {
  it('is kept current through the API', async () => {
    const { live, exporter, change, answer, nextPoll } = createPolling();
    change(blocked);
    expect(live.isCurrent).toBe(false);
    await answer(4);
    await exporter.answerSnapshot(['boot-1', 4], { active: [operationOf('a')] });
    expect(live).toMatchObject({ isCurrent: true, isPolled: true, isLoaded: true, lostAtMs: null });
    expect(live.operations.activeRoots.map(({ id }) => id)).toEqual(['a']);
    expect(live.sessions.all).toHaveLength(1);
    expect(live.unreachable).toEqual(ANSWER_EXAMPLES.StatusBody.unreachable_servers);
    nextPoll();
    await answer(5);
    await exporter.answerSnapshot(['boot-1', 5]);
    expect(live.operations.activeRoots).toEqual([]);
  });

  it('loads no operations if none has changed', async () => {
    const { exporter, change, answer, nextPoll } = createPolling();
    change(blocked);
    await answer(4);
    await exporter.answerSnapshot(['boot-1', 4]);
    nextPoll();
    await answer(4);
    expect(exporter.asked.filter((each) => each.startsWith('snapshot'))).toHaveLength(1);
  });

  it('says since when it knows nothing if the API does not answer any more', async () => {
    const { live, exporter, change, answer, nextPoll } = createPolling();
    change(blocked);
    await answer(4);
    await exporter.answerSnapshot(['boot-1', 4]);
    nextPoll();
    await exporter.answer('status', null);
    await exporter.answer('sessions', null);
    expect(live.isCurrent).toBe(false);
    expect(live.lostAtMs).not.toBeNull();
    nextPoll();
    await answer(4);
    expect(live.isCurrent).toBe(true);
  });

  it('continues during attempts to open the feed, and stops when it is open', async () => {
    const { live, exporter, change, answer, nextPoll, connect } = createPolling();
    change(blocked);
    await answer(4);
    await exporter.answerSnapshot(['boot-1', 4]);
    change({ kind: 'connecting', isAgain: true });
    expect(live.isPolled).toBe(true);
    connect();
    change({ kind: 'connected' });
    expect(live).toMatchObject({ isPolled: false, isCurrent: true });
    // Events between the last poll and the feed are in a new snapshot.
    await exporter.answerSnapshot(['boot-1', 9], { active: [operationOf('between')] });
    expect(live.operations.activeRoots.map(({ id }) => id)).toEqual(['between']);
    nextPoll();
    expect(exporter.open).toEqual([]);
  });

  it.each(['unreachable', 'signed_out'] as const)('does not ask for more if it is %s', (kind) => {
    const { exporter, change } = createPolling();
    change({ kind: 'waiting', delayMs: 500, problem: { kind } });
    expect(exporter.asked).toEqual([]);
  });
});
