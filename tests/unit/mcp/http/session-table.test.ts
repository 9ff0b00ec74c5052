import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { SessionTable, type TableSession } from '../../../../src/mcp/http/session-table.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const IDLE_MS = 40_000;

function createTable(share = { max: 4, maxPerOwner: 2 }) {
  const ended: string[] = [];
  const limits: string[] = [];
  const table = new SessionTable<TableSession & { readonly id: string }>({
    share,
    limit: 'mcp_sessions',
    onLimit: (limit) => void limits.push(limit),
    config: { mcpSessionIdleSeconds: IDLE_MS / 1000 },
    now: () => Date.now(),
    end(session, why) {
      ended.push(`${session.id} ${why}`);
      table.delete(session);
    },
  });
  const add = (id: string, client = 'a') => {
    const session = { id, client, openExchanges: 0, lastSeenMs: Date.now() };
    table.use(session);
    return session;
  };
  return { table, ended, limits, add };
}

test('a session ends once nobody has used it for the idle time', () => {
  const { ended, add } = createTable();
  add('early');
  vi.advanceTimersByTime(IDLE_MS);
  add('late');
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(IDLE_MS / 4);
  expect(ended).toEqual(['early idle']);
});

test('a session does not end while one of its exchanges is open, and is idle from its end on', () => {
  const { table, ended, add } = createTable();
  const session = add('busy');
  table.beginExchange(session);
  table.beginExchange(session);
  table.finishExchange(session);
  vi.advanceTimersByTime(10 * IDLE_MS);
  expect(ended).toEqual([]);
  table.finishExchange(session);
  vi.advanceTimersByTime(IDLE_MS);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(IDLE_MS / 4);
  expect(ended).toEqual(['busy idle']);
});

test('an exchange that begins keeps its session from being idle', () => {
  const { table, ended, add } = createTable();
  const session = add('used');
  vi.advanceTimersByTime(IDLE_MS - 1);
  table.beginExchange(session);
  table.finishExchange(session);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(ended).toEqual([]);
});

test('a session of a client that has its full share makes the longest idle one of that client end', () => {
  const { table, ended, limits, add } = createTable();
  const first = add('first');
  add('second');
  add('other', 'b');
  table.use(first);
  expect(table.makeRoom('a')).toBe(true);
  expect(ended).toEqual(['second evicted']);
  expect(limits).toEqual(['mcp_sessions']);
});

test('a session with an open exchange is not evicted; then there is no room', () => {
  const { table, ended, limits, add } = createTable();
  table.beginExchange(add('first'));
  const second = add('second');
  table.beginExchange(second);
  expect(table.makeRoom('a')).toBe(false);
  expect(ended).toEqual([]);
  expect(limits).toEqual(['mcp_sessions']);
  table.finishExchange(second);
  expect(table.makeRoom('a')).toBe(true);
  expect(ended).toEqual(['second evicted']);
});

test('an evicted session gives its place away at once, though it may take time to end', () => {
  const ended: unknown[] = [];
  const table = new SessionTable<TableSession>({
    share: { max: 1, maxPerOwner: 1 },
    limit: 'mcp_sessions',
    onLimit: () => undefined,
    config: { mcpSessionIdleSeconds: IDLE_MS / 1000 },
    now: () => Date.now(),
    end: (session) => void ended.push(session),
  });
  const [first, second] = [1, 2].map((lastSeenMs) => ({ client: 'a', openExchanges: 0, lastSeenMs })) as [
    TableSession,
    TableSession,
  ];
  table.use(first);
  table.makeRoom('a');
  table.use(second);
  table.makeRoom('a');
  expect(ended).toEqual([first, second]);
});

test('a session of a client that has room ends no other one', () => {
  const { table, ended, limits, add } = createTable();
  add('first');
  expect(table.makeRoom('a')).toBe(true);
  expect([ended, limits]).toEqual([[], []]);
});

test('a table that is closed ends no session any more', () => {
  const { table, ended, add } = createTable();
  add('left');
  table.close();
  vi.advanceTimersByTime(10 * IDLE_MS);
  expect(ended).toEqual([]);
});

test('sessions with a short idle time are looked at ten times a second, and not more often', () => {
  const ended: number[] = [];
  const table = new SessionTable<TableSession>({
    share: { max: 4, maxPerOwner: 4 },
    limit: 'mcp_sessions',
    onLimit: () => undefined,
    config: { mcpSessionIdleSeconds: 0.02 },
    now: () => Date.now(),
    end: () => void ended.push(Date.now()),
  });
  const start = Date.now();
  table.use({ client: 'a', openExchanges: 0, lastSeenMs: start });
  vi.advanceTimersByTime(250);
  expect(ended.map((at) => at - start)).toEqual([100, 200]);
});
