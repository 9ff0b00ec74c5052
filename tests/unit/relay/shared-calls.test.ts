import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createHub } from '../../support/hub-pair.ts';
import { converse, observe, watch, type Watcher } from '../../support/watched-twice.ts';

const CALLS = 'mcp_server_operation_duration_seconds_count';
const OPERATIONS = 'pipeline_operation_duration_seconds_count';
const SESSION_ID = '5f0c3c1e-2f0b-4d8c-9a55-6d5c9f6f2f10';

type Hub = ReturnType<typeof createHub>;
type Labels = Record<string, string>;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function watchBoth(hub: () => Hub, sessionId = SESSION_ID) {
  const server = watch({ hub, observer: 'server', name: 'real', sessionId });
  const proxy = watch({ hub, observer: 'proxy', name: 'front', sessionId });
  return { server, proxy, both: [server, proxy] };
}

/** The values of a hub's metrics under each name. */
async function byName({ total }: Hub, metric: string, labels: Labels = {}) {
  return {
    real: await total(metric, { mcp_server_name: 'real', ...labels }),
    front: await total(metric, { mcp_server_name: 'front', ...labels }),
  };
}

function open(watchers: readonly Watcher[]): void {
  for (const watcher of watchers) {
    watcher.beginOpening();
    watcher.finishOpening();
  }
}

describe('a server and a proxy in front of it report the same session', () => {
  const ORDERS = {
    'the server’s report is the first': async ({ server, proxy }: ReturnType<typeof watchBoth>) => {
      converse([server]);
      await pass(100);
      converse([proxy]);
    },
    'the proxy’s report is the first': async ({ server, proxy }: ReturnType<typeof watchBoth>) => {
      converse([proxy]);
      await pass(400);
      converse([server]);
    },
    'both reports arrive in turn': async ({ both }: ReturnType<typeof watchBoth>) => {
      for (const watcher of both) watcher.beginOpening();
      await pass(100);
      for (const watcher of both) watcher.finishOpening();
      await pass(100);
      for (const watcher of both) {
        watcher.call(1);
        watcher.call(2, 'fail');
        watcher.call(3, 'hang');
      }
      await pass(100);
      for (const watcher of both) {
        watcher.answer(2, { isError: true });
        watcher.cancel(3);
        watcher.answer(1);
      }
    },
  };

  test.each(Object.entries(ORDERS))('each call counts once if %s', async (_, report) => {
    const hub = createHub();
    await report(watchBoth(() => hub));
    await pass(20_000);
    expect(await byName(hub, CALLS)).toEqual({ real: 4, front: 0 });
    expect(await hub.total(CALLS, { mcp_method_name: 'initialize' })).toBe(1);
    expect(await hub.total(CALLS, { gen_ai_tool_name: 'add', error_type: '' })).toBe(1);
    expect(await hub.total(CALLS, { gen_ai_tool_name: 'fail', error_type: 'tool_error' })).toBe(1);
    expect(await hub.total(CALLS, { gen_ai_tool_name: 'hang', error_type: 'cancelled' })).toBe(1);
    for (const status of ['completed', 'failed', 'cancelled']) {
      expect(await byName(hub, OPERATIONS, { status })).toEqual({ real: 1, front: 0 });
    }
    expect(await hub.total('pipeline_operations_active')).toBe(0);
    expect(await byName(hub, 'mcp_server_sessions_active')).toEqual({ real: 1, front: 0 });
    expect(await byName(hub, 'mcp_server_notifications_total')).toEqual({ real: 2, front: 0 });
    expect(await hub.total('mcp_server_operations_in_flight')).toBe(0);
  });

  test.each(Object.entries(ORDERS))('the session has both names if %s', async (_, report) => {
    const hub = createHub();
    await report(watchBoth(() => hub));
    await pass(20_000);
    expect(hub.sessions.list()).toMatchObject([
      { sessionId: SESSION_ID, serverName: 'real', proxyName: 'front', totalOperations: 3 },
    ]);
  });

  test('the session does not have the name of the proxy before that of the server', async () => {
    const hub = createHub();
    const { server, proxy } = watchBoth(() => hub);
    const names = new Set<string | null>();
    hub.sessions.subscribe((event) => {
      if (event.type === 'session') names.add(event.session.serverName);
    });
    converse([proxy]);
    await pass(300);
    converse([server]);
    await pass(1000);
    expect([...names]).toEqual(['real']);
  });

  test.each([0, 20, 40, 60, 80])(
    'a server catches up with several reports after an outage (%i ms)',
    async (ms) => {
      const hub = createHub();
      const { server, both } = watchBoth(() => hub);
      converse(both);
      await pass(100 + ms);
      server.state.way = 'away';
      for (const watcher of both) watcher.call(4);
      await pass(200);
      for (const watcher of both) watcher.answer(4);
      for (const watcher of both) watcher.call(5);
      await pass(3000);
      server.state.way = 'there';
      for (const watcher of both) watcher.answer(5);
      await pass(10_000);
      expect(await byName(hub, CALLS)).toEqual({ real: 6, front: 0 });
    },
  );

  test('what does not count is a duplicate', async () => {
    const hub = createHub();
    const { server, proxy } = watchBoth(() => hub);
    converse([server]);
    await pass(100);
    const accepted = await hub.total('mcp_exporter_reported_events_total', { result: 'accepted' });
    converse([proxy]);
    await pass(100);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'accepted' })).toBe(accepted);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'duplicate' })).toBe(accepted);
    expect(await hub.total('mcp_exporter_reported_events_total', { result: 'lost' })).toBe(0);
  });

  test('the hub names a pair once', async () => {
    const onPair = vi.fn();
    const hub = createHub(undefined, onPair);
    converse(watchBoth(() => hub).both);
    converse(watchBoth(() => hub, 'another-session-of-this-server').both);
    await pass(1000);
    expect(onPair.mock.calls).toEqual([[{ server: 'real', proxy: 'front' }]]);
  });

  test('a session that ends soon is closed once', async () => {
    const hub = createHub();
    const { both } = watchBoth(() => hub);
    converse(both.toReversed());
    for (const watcher of both) watcher.endSession();
    await pass(5000);
    expect(await byName(hub, 'mcp_server_session_duration_seconds_count')).toEqual({ real: 1, front: 0 });
    expect(hub.sessions.list()).toMatchObject([{ status: 'closed', totalOperations: 3 }]);
  });

  test('a long session counts each call and the session once', async () => {
    const hub = createHub();
    const { both } = watchBoth(() => hub);
    open(both);
    for (const watcher of both) watcher.call('long');
    for (let id = 1; id <= 3000; id += 1) {
      for (const watcher of both) {
        watcher.call(id);
        watcher.answer(id);
      }
      if (id % 200 === 0) await pass(60);
    }
    for (const watcher of both) watcher.answer('long');
    for (const watcher of both) watcher.endSession();
    await pass(20_000);
    expect(await byName(hub, CALLS, { mcp_method_name: 'tools/call' })).toEqual({ real: 3001, front: 0 });
    expect(await hub.total(OPERATIONS)).toBe(3001);
    expect(await hub.total('mcp_server_session_duration_seconds_count')).toBe(1);
  });

  test('the stages that only the server knows belong to its call', async () => {
    const hub = createHub();
    const { server, both } = watchBoth(() => hub);
    open(both);
    for (const watcher of both.toReversed()) {
      const operation = watcher.call(1);
      const runStage = () => server.sessions.get(SESSION_ID)?.run('stage', () => 1);
      if (watcher === server) await operation?.run(runStage);
      watcher.answer(1);
    }
    await pass(1000);
    const [stage, call] = hub.sessions.get(SESSION_ID)?.endedOperations(2) ?? [];
    expect([stage?.operationName, call?.operationName]).toEqual(['stage', 'add']);
    expect(stage?.parentId).toBe(call?.operationId);
    expect(await hub.total(OPERATIONS)).toBe(2);
  });

  test('the session of the opening request is not known for a while', async () => {
    const hub = createHub();
    const { both } = watchBoth(() => hub);
    for (const watcher of both) watcher.beginOpening();
    await pass(3000);
    for (const watcher of both) watcher.finishOpening();
    await pass(1000);
    expect(await byName(hub, CALLS, { mcp_method_name: 'initialize' })).toEqual({ real: 1, front: 0 });
    expect(await hub.total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('a server over stdio that starts slowly reports after its first response', async () => {
    const hub = createHub();
    const conversation = { sessionId: 'stdio-0123456789abcdef', transport: 'pipe' } as const;
    const server = watch({ hub: () => hub, observer: 'server', name: 'real', ...conversation });
    const proxy = watch({ hub: () => hub, observer: 'proxy', name: 'front', ...conversation, isKnown: true });
    proxy.beginOpening();
    proxy.strayOutput();
    await pass(5000);
    converse([server]);
    proxy.finishOpening();
    await pass(2000);
    expect(await byName(hub, CALLS, { mcp_method_name: 'initialize' })).toEqual({ real: 1, front: 0 });
    expect(await byName(hub, 'mcp_server_sessions_active')).toEqual({ real: 1, front: 0 });
  });

  test('a report that is sent again counts once', async () => {
    const hub = createHub();
    const { both } = watchBoth(() => hub);
    for (const { state } of both) state.way = 'answer_lost';
    converse(both);
    await pass(2000);
    for (const { state } of both) state.way = 'there';
    await pass(10_000);
    expect(await byName(hub, CALLS)).toEqual({ real: 4, front: 0 });
    expect(await hub.total(OPERATIONS)).toBe(3);
  });

  test('a proxy that closes at once counts nothing of its own', async () => {
    const hub = createHub();
    const { server, proxy } = watchBoth(() => hub);
    converse([proxy]);
    await proxy.close();
    await pass(100);
    converse([server]);
    await pass(1000);
    expect(await byName(hub, CALLS)).toEqual({ real: 4, front: 0 });
    expect(await hub.total('mcp_exporter_reporters')).toBe(1);
  });
});

describe('the hub watches one of both itself', () => {
  test('a server that serves its own metrics counts the calls that a proxy reports to it', async () => {
    const hub = createHub();
    const proxy = watch({ hub: () => hub, observer: 'proxy', name: 'front', sessionId: SESSION_ID });
    await pass(100);
    const server = observe(hub.sessions, { observer: 'server', name: 'real', sessionId: SESSION_ID });
    converse([proxy, server]);
    await pass(20_000);
    expect(await byName(hub, CALLS)).toEqual({ real: 4, front: 0 });
    expect(await hub.total(OPERATIONS)).toBe(3);
    expect(await byName(hub, 'mcp_server_sessions_active')).toEqual({ real: 1, front: 0 });
    expect(hub.sessions.list()).toMatchObject([{ serverName: 'real', proxyName: 'front' }]);
    proxy.call(4, 'refused');
    proxy.answer(4);
    await pass(2000);
    expect(await byName(hub, CALLS, { gen_ai_tool_name: 'refused' })).toEqual({ real: 1, front: 0 });
  });

  test('a proxy that serves its own metrics counts the calls that the server reports to it', async () => {
    const hub = createHub();
    const server = watch({ hub: () => hub, observer: 'server', name: 'real', sessionId: SESSION_ID });
    await pass(100);
    const proxy = observe(hub.sessions, { observer: 'proxy', name: 'front', sessionId: SESSION_ID });
    converse([proxy, server]);
    await pass(1000);
    expect(await byName(hub, CALLS)).toEqual({ real: 0, front: 4 });
    expect(await hub.total(OPERATIONS)).toBe(3);
    expect(await byName(hub, 'mcp_server_notifications_total')).toEqual({ real: 0, front: 2 });
    expect(hub.sessions.list()).toMatchObject([{ serverName: 'front', proxyName: null }]);
    await server.close();
    proxy.call(4);
    expect(await hub.total('mcp_server_operations_in_flight')).toBe(1);
  });
});

describe('nothing is lost', () => {
  test('a server that does not report is counted under the name of its proxy', async () => {
    const hub = createHub();
    const { proxy } = watchBoth(() => hub);
    converse([proxy]);
    await pass(900);
    expect(await hub.total(CALLS)).toBe(0);
    await pass(300);
    expect(await byName(hub, CALLS)).toEqual({ real: 0, front: 4 });
    proxy.call(4);
    await pass(60);
    expect(await hub.total('mcp_server_operations_in_flight')).toBe(1);
    expect(hub.sessions.list()).toMatchObject([{ serverName: 'front', proxyName: null, totalOperations: 4 }]);
  });

  test('the events of an evicted proxy count', async () => {
    const hub = createHub();
    const { proxy } = watchBoth(() => hub);
    converse([proxy]);
    await pass(100);
    expect(await hub.total(CALLS)).toBe(0);
    for (let i = 0; i < 500; i += 1) hub.intake.accept({ reporter_id: `other ${i}`, events: [] });
    expect(await hub.total(CALLS)).toBe(4);
  });

  test('the proxy counts on under the name of the server after the server’s reporter has closed', async () => {
    const hub = createHub();
    const { server, proxy, both } = watchBoth(() => hub);
    converse(both);
    for (const watcher of both) watcher.call(4);
    await pass(100);
    await server.close();
    proxy.answer(4);
    proxy.call(5);
    proxy.answer(5);
    await pass(100);
    expect(await byName(hub, CALLS)).toEqual({ real: 6, front: 0 });
    expect(await hub.total(OPERATIONS)).toBe(5);
    expect(await hub.total('pipeline_operations_active')).toBe(0);
  });

  test('calls during the outage of the server’s reporter count once', async () => {
    const hub = createHub();
    const { server, proxy, both } = watchBoth(() => hub);
    converse(both);
    for (const watcher of both) watcher.call(4);
    await pass(100);
    server.state.way = 'away';
    for (const watcher of both) {
      watcher.answer(4);
      watcher.call(5);
      watcher.answer(5);
    }
    await pass(11_000);
    expect(await byName(hub, CALLS, { gen_ai_tool_name: 'add' })).toEqual({ real: 2, front: 0 });
    await pass(60_000);
    expect(await byName(hub, CALLS, { error_type: 'server_exited' })).toEqual({ real: 1, front: 0 });
    proxy.call(6);
    proxy.answer(6);
    proxy.cancel(6);
    await pass(100);
    expect(await byName(hub, 'mcp_server_notifications_total')).toEqual({ real: 3, front: 0 });
    expect(await byName(hub, CALLS, { gen_ai_tool_name: 'add' })).toEqual({ real: 4, front: 0 });
    expect(await hub.total(OPERATIONS)).toBe(6);
  });

  test('the late reports of a server do not count what its proxy has counted', async () => {
    const hub = createHub();
    const { server, proxy, both } = watchBoth(() => hub);
    server.state.way = 'away';
    converse(both);
    await pass(3000);
    expect(await byName(hub, CALLS)).toEqual({ real: 0, front: 4 });
    server.state.way = 'there';
    await pass(10_000);
    for (const watcher of both) watcher.call(4);
    await pass(100);
    for (const watcher of both) watcher.answer(4);
    await pass(100);
    expect(await byName(hub, CALLS)).toEqual({ real: 1, front: 4 });
    expect(await hub.total(OPERATIONS)).toBe(4);
    expect(await hub.total('mcp_server_sessions_active')).toBe(1);
    expect(await byName(hub, 'mcp_server_notifications_total')).toEqual({ real: 0, front: 2 });
    expect(hub.sessions.list()).toMatchObject([{ serverName: 'real', proxyName: 'front' }]);
    for (const watcher of [proxy, server]) watcher.endSession();
    await pass(100);
    expect(await hub.total('mcp_server_session_duration_seconds_count')).toBe(1);
  });

  test('a call that the server has not seen counts after the next report of the server', async () => {
    const hub = createHub();
    const { server, proxy, both } = watchBoth(() => hub);
    converse(both);
    await pass(100);
    proxy.call(4, 'refused');
    proxy.answer(4);
    await pass(500);
    expect(await hub.total(CALLS, { gen_ai_tool_name: 'refused' })).toBe(0);
    await pass(1000);
    server.call(5);
    await pass(800);
    expect(await byName(hub, CALLS, { gen_ai_tool_name: 'refused' })).toEqual({ real: 1, front: 0 });
    for (const watcher of both) watcher.endSession();
    await pass(1000);
    expect(hub.sessions.list()).toMatchObject([{ serverName: 'real', status: 'closed' }]);
  });

  test('calls in flight end soon after a proxy has seen the process of a stdio server end', async () => {
    const hub = createHub();
    const conversation = { sessionId: 'stdio-0123456789abcdef', transport: 'pipe' } as const;
    const server = watch({ hub: () => hub, observer: 'server', name: 'real', ...conversation });
    const proxy = watch({ hub: () => hub, observer: 'proxy', name: 'front', ...conversation });
    converse([server, proxy]);
    for (const watcher of [server, proxy]) watcher.call(4, 'crash');
    await pass(100);
    server.state.way = 'away';
    proxy.endSession({ errorType: 'server_exited' });
    await pass(1300);
    expect(await byName(hub, CALLS, { error_type: 'server_exited' })).toEqual({ real: 1, front: 0 });
    expect(await hub.total('pipeline_operations_active')).toBe(0);
    expect(await hub.total(OPERATIONS)).toBe(4);
    expect(await hub.total('mcp_exporter_reporters')).toBe(1);
  });

  test('short session ids, such as those of a counter, belong to any server', async () => {
    const hub = createHub();
    converse(watchBoth(() => hub, 'session-1').both);
    await pass(1000);
    expect(await byName(hub, CALLS)).toEqual({ real: 4, front: 4 });
  });

  test('two proxies of servers with the same session id count both', async () => {
    const hub = createHub();
    const proxies = ['front', 'real'].map((name) =>
      watch({ hub: () => hub, observer: 'proxy', name, sessionId: SESSION_ID }),
    );
    converse(proxies);
    await pass(1000);
    expect(await byName(hub, CALLS)).toEqual({ real: 4, front: 4 });
  });

  test('the ids 1 and "1" belong to different calls', async () => {
    const hub = createHub();
    const { server, proxy, both } = watchBoth(() => hub);
    open(both);
    for (const id of [1, '1']) {
      proxy.call(id);
      proxy.answer(id);
    }
    server.call(1);
    server.answer(1);
    await pass(20_000);
    expect(await byName(hub, CALLS, { gen_ai_tool_name: 'add' })).toEqual({ real: 2, front: 0 });
  });

  test('after a restart of the hub, the server counts if its reports arrive seconds later', async () => {
    let hub = createHub();
    const { server, proxy, both } = watchBoth(() => hub);
    converse(both);
    for (const watcher of both) watcher.call(4);
    await pass(100);
    hub = createHub();
    server.state.way = 'away';
    proxy.call(5);
    server.call(5);
    await pass(3000);
    server.state.way = 'there';
    for (const watcher of both) watcher.answer(4);
    for (const watcher of both) watcher.answer(5);
    await pass(15_000);
    expect(await byName(hub, CALLS)).toEqual({ real: 2, front: 0 });
    expect(await byName(hub, 'mcp_server_sessions_active')).toEqual({ real: 1, front: 0 });
  });
});

test(
  'every call counts once, whatever the delays, outages and lost answers',
  { timeout: 60_000 },
  async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('call' as const), ends: fc.boolean() }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({
        do: fc.constant('way' as const),
        who: fc.constantFrom(0, 1),
        way: fc.constantFrom('there' as const, 'away' as const, 'answer_lost' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, isProxyFirst) => {
        const hub = createHub();
        const { both } = watchBoth(() => hub);
        const watchers = isProxyFirst ? both.toReversed() : both;
        let calls = 0;
        const waiting: number[] = [];
        open(watchers);
        for (const each of steps) {
          if (each.do === 'pass') await pass(each.ms);
          if (each.do === 'way')
            for (const [i, { state }] of watchers.entries()) if (i === each.who) state.way = each.way;
          if (each.do !== 'call') continue;
          calls += 1;
          for (const watcher of watchers) watcher.call(calls);
          if (each.ends) for (const watcher of watchers) watcher.answer(calls);
          else waiting.push(calls);
        }
        for (const { state } of watchers) state.way = 'there';
        await pass(7000);
        for (const id of waiting) for (const watcher of watchers) watcher.answer(id);
        await pass(20_000);
        expect(await hub.total(CALLS, { mcp_method_name: 'tools/call' })).toBe(calls);
        expect(await hub.total(OPERATIONS)).toBe(calls);
        expect(await hub.total('mcp_server_operations_in_flight')).toBe(0);
        expect(await hub.total('mcp_server_sessions_active')).toBe(1);
        for (const watcher of watchers) watcher.endSession();
        await pass(1000);
        expect(await hub.total('mcp_server_session_duration_seconds_count')).toBe(1);
        hub.close();
      }),
      { numRuns: 60 },
    );
  },
);
