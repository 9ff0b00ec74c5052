import { describe, expect, it } from 'vitest';

import type { FeedSession } from '../../../../../src/feed/feed-protocol.ts';
import { KEPT_SESSIONS } from '../../../../../src/monitor/retention.ts';
import { SessionStore } from '../../../../../src/feed/page/state/session-store.ts';
import { sessionOf, timeAt } from '../feed-messages.ts';

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';

function idsOf({ all }: SessionStore): string[] {
  return all.map(({ session_id: id }) => id);
}

function storeOf(...sessions: FeedSession[]): SessionStore {
  const store = new SessionStore();
  store.setAll(sessions);
  return store;
}

describe('the sessions', () => {
  it('are not all known until the server has listed them', () => {
    const store = new SessionStore();
    store.update(sessionOf('s'));
    expect(store.isComplete).toBe(false);
    store.setAll([]);
    expect(store.isComplete).toBe(true);
    expect(idsOf(store)).toEqual([]);
    store.clear();
    expect(store.isComplete).toBe(false);
  });

  it('are as the server told last', () => {
    const store = storeOf(sessionOf('s'));
    store.update(sessionOf('s', { total_operations: 4 }));
    store.update(sessionOf('new'));
    expect(store.get('s')?.total_operations).toBe(4);
    expect(idsOf(store)).toEqual(['s', 'new']);
    store.setAll([sessionOf('new')]);
    expect(idsOf(store)).toEqual(['new']);
    expect(store.get('s')).toBeUndefined();
  });

  it('change their revision with every change', () => {
    const store = new SessionStore();
    const seen = [store.revision];
    for (const change of [() => store.setAll([]), () => store.update(sessionOf('s')), () => store.clear()]) {
      change();
      seen.push(store.revision);
    }
    expect(new Set(seen).size).toBe(4);
  });

  it('are no more than the server keeps: the quietest goes, closed ones first', () => {
    const store = storeOf(
      ...Array.from({ length: KEPT_SESSIONS }, (_, index) =>
        sessionOf(`s${index}`, { last_activity_at: timeAt(index), status: index === 7 ? 'closed' : 'idle' }),
      ),
    );
    store.update(sessionOf('one more', { last_activity_at: timeAt(999) }));
    expect(idsOf(store)).not.toContain('s7');
    store.update(sessionOf('another', { last_activity_at: timeAt(999) }));
    expect(idsOf(store)).not.toContain('s0');
    expect(idsOf(store)).toHaveLength(KEPT_SESSIONS);
    expect(idsOf(store)).toContain('another');
  });
});

const claude = { client_name: 'claude-code', client_version: '2.0.60' };

describe('the place of an operation', () => {
  it('is its server and its client', () => {
    const store = storeOf(sessionOf(UUID, { server_name: 'files', ...claude }));
    expect(store.placeOf(UUID)).toBe('files · claude-code');
  });

  it('is its server and its session if the client is unknown, and of a random id the beginning', () => {
    const store = storeOf(
      sessionOf('nightly', { server_name: 'files' }),
      sessionOf(UUID, { server_name: 'files' }),
    );
    expect(store.placeOf('nightly')).toBe('files · nightly');
    expect(store.placeOf(UUID)).toBe('files · 0f8fad5b');
  });

  it('is its session if it has no server', () => {
    const store = storeOf(sessionOf('nightly'), sessionOf(UUID));
    expect(store.placeOf('nightly')).toBe('nightly');
    expect(store.placeOf(UUID)).toBe('0f8fad5b');
    expect(store.placeOf(UUID.toUpperCase())).toBe('0F8FAD5B');
    expect(store.placeOf('unheard of')).toBe('unheard of');
    expect(store.placeOf(`${UUID}-2`)).toBe(`${UUID}-2`);
  });

  it('does not repeat a name that server and session share', () => {
    expect(storeOf(sessionOf('files', { server_name: 'files' })).placeOf('files')).toBe('files');
  });

  it('has a label that tells the sessions of a client apart', () => {
    const store = storeOf(sessionOf(UUID, { server_name: 'files', ...claude }));
    expect(store.labelOf(UUID)).toBe('files · claude-code · 0f8fad5b');
    expect(store.labelOf('unheard of')).toBe('unheard of');
  });

  it('has a tooltip with the version of the client and the whole id', () => {
    const store = storeOf(sessionOf(UUID, { server_name: 'files', ...claude }));
    expect(store.namesOf(UUID)).toBe(`files · claude-code 2.0.60 · ${UUID}`);
    store.update(sessionOf(UUID, { ...claude, client_version: '' }));
    expect(store.namesOf(UUID)).toBe(`claude-code · ${UUID}`);
    expect(store.namesOf('unheard of')).toBe('unheard of');
    store.update(sessionOf(UUID, { server_name: 'files', proxy_name: 'front' }));
    expect(store.namesOf(UUID)).toBe(`files via front · ${UUID}`);
    store.update(sessionOf(UUID, { server_name: 'files', proxy_name: 'files' }));
    expect(store.namesOf(UUID)).toBe(`files · ${UUID}`);
  });

  it('has the server that is known now', () => {
    const store = storeOf(sessionOf('a'));
    expect(store.serverNameOf('a')).toBeNull();
    store.update(sessionOf('a', { server_name: 'files' }));
    expect(store.serverNameOf('a')).toBe('files');
    expect(store.serverNameOf('unheard of')).toBeNull();
  });
});
