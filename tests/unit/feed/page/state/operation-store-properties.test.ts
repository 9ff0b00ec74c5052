import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { familyOf } from '../../../../../src/feed/page/state/operation-family.ts';
import { type OperationRecord } from '../../../../../src/feed/page/state/operation-record.ts';
import { OperationStore } from '../../../../../src/feed/page/state/operation-store.ts';
import { stories, type Story } from './feed-story.ts';

/** How a page may come to know a story: what it hears from when on, and when which snapshot comes. */
const moments = fc.record({ from: fc.nat(), asOf: fc.nat(), at: fc.nat() });
type Moments = { readonly from: number; readonly asOf: number; readonly at: number };

function describeRecord(record: OperationRecord): string {
  const { sessionId, id, parentId, startedAtMs, endedAtMs, status, progress, durationSeconds } = record;
  const path = record.parent === null ? '' : describeRecord(record.parent);
  return [path, sessionId, id, parentId, startedAtMs, endedAtMs, status, progress, durationSeconds].join(' ');
}

/** All that a store shows, with what it is shown below. */
function shownBy({ activeRoots, endedRoots }: OperationStore): { active: string[]; ended: string[] } {
  const ended = endedRoots.flatMap((root) => [...familyOf(root)]);
  const active = activeRoots.flatMap((root) => [...familyOf(root)]);
  return { active: active.map(describeRecord).toSorted(), ended: ended.map(describeRecord).toSorted() };
}

function hearingAll({ events }: Story): OperationStore {
  const store = new OperationStore();
  for (const event of events) store.apply(event);
  return store;
}

/** Hears the events after `from`; a snapshot that was taken at or after that comes at or after that. */
function joining({ events, snapshots }: Story, moments: Moments): OperationStore {
  const from = moments.from % snapshots.length;
  const later = (moment: number): number => from + (moment % (snapshots.length - from));
  const [asOf, at] = [later(moments.asOf), later(moments.at)];
  const store = new OperationStore();
  for (const event of events.slice(from, at)) store.apply(event);
  const snapshot = snapshots[asOf];
  if (snapshot) store.applySnapshot(snapshot);
  for (const event of events.slice(at)) store.apply(event);
  return store;
}

it('whenever a page joins, it comes to show what one shows that has heard all', () => {
  fc.assert(
    fc.property(stories({ areIdsUsedAgain: true }), moments, (story, moments) => {
      expect(shownBy(joining(story, moments))).toEqual(shownBy(hearingAll(story)));
    }),
    { numRuns: 1000 },
  );
});

it('whatever a page missed, a snapshot makes it right', () => {
  fc.assert(
    fc.property(stories({ areIdsUsedAgain: true }), moments, fc.nat(), (story, moments, missed) => {
      const store = new OperationStore();
      const before = story.events.slice(0, missed % (story.events.length + 1));
      for (const event of before) store.apply(event);
      const { events, snapshots } = story;
      const asOf = before.length + (moments.asOf % (snapshots.length - before.length));
      const snapshot = snapshots[asOf];
      if (snapshot) store.applySnapshot(snapshot);
      for (const event of events.slice(asOf)) store.apply(event);
      expect(shownBy(store)).toEqual(shownBy(hearingAll(story)));
    }),
    { numRuns: 1000 },
  );
});
