import {
  LoggingMessageNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { describe, expect, it } from 'vitest';

import { connectedPipeline } from './connected-pipeline.ts';

const FILES = { 'a.js': 'export const a = (x) => x === NaN;\n' };

async function readJson(client: Client, uri: string): Promise<Record<string, unknown>> {
  const [content] = (await client.readResource({ uri })).contents;
  return JSON.parse(content && 'text' in content ? content.text : '') as Record<string, unknown>;
}

describe('pipeline_status', () => {
  it('pipeline_status reports a session’s operations without itself', async () => {
    const { call } = await connectedPipeline(FILES);
    await call('version_keeper_scan', { session_id: 's' });
    await call('quality_patcher_fix', { session_id: 's', auto_apply: true });
    const { data } = await call('pipeline_status', { session_id: 's' });
    expect(data).toMatchObject({
      session_id: 's',
      scans: 1,
      cycles: 0,
      fixes_applied: 1,
      fixes_failed: 0,
      last_scan: { files_scanned: 1, issues_found: 1, quality_score: 50 },
      monitoring: {
        session_id: 's',
        current_operation: null,
        active_operations: [],
        total_operations: 5,
        success_rate: 100,
        summary: { total_operations: 5, active_operations: 0, completed_operations: 5 },
      },
    });
    const again = (await call('pipeline_status', { session_id: 's' })).data['monitoring'];
    expect(again).toMatchObject({ total_operations: 6, summary: { completed_operations: 6 } });
  });

  it('pipeline_status lists operations in the order in which they ran, each before its stages', async () => {
    const { call } = await connectedPipeline(FILES);
    await call('pipeline_run_full', { session_id: 's', auto_apply: true });
    const { data, text } = await call('pipeline_status', { session_id: 's', output_format: 'text' });
    const { recently_completed: listed } = data['monitoring'] as {
      recently_completed: { operation_name: string }[];
    };
    const names = [
      'pipeline_run_full',
      'pipeline_cycle',
      'pipeline_scan',
      'pipeline_fix',
      'pipeline_validate',
      'check_versions',
    ];
    expect(listed.map(({ operation_name: name }) => name)).toEqual(names);
    expect(
      text
        .split('\n')
        .slice(2)
        .map((line) => line.split(':', 1)[0]),
    ).toEqual(names);
  });

  it('pipeline_status shows the other operations of its session while they run', async () => {
    const { call } = await connectedPipeline(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}.js`, ''])),
    );
    let during: ReturnType<typeof call> | undefined;
    await call(
      'version_keeper_scan',
      { session_id: 's' },
      {
        onprogress: () => {
          during ??= call('pipeline_status', { session_id: 's' });
        },
      },
    );
    const monitoring = (await during)?.data['monitoring'] as {
      active_operations: { operation_name: string }[];
    };
    expect(monitoring.active_operations.map((operation) => operation.operation_name)).toEqual([
      'version_keeper_scan',
      'lint',
    ]);
  });

  it('pipeline_status without session_id reports the connection’s session, also before its first tool call', async () => {
    const { call } = await connectedPipeline(FILES);
    const before = (await call('pipeline_status')).data;
    expect(before).toMatchObject({ started_at: null, scans: 0, last_scan: null });
    await call('version_keeper_scan');
    expect((await call('pipeline_status')).data).toMatchObject({
      session_id: before['session_id'],
      scans: 1,
    });
  });

  it('pipeline_status works without a monitored server', async () => {
    const { call } = await connectedPipeline(FILES, { isMonitored: false });
    expect((await call('pipeline_status')).data).toMatchObject({
      scans: 0,
      monitoring: { total_operations: 0 },
    });
    await call('version_keeper_scan');
    expect((await call('pipeline_status')).data).toMatchObject({
      scans: 1,
      monitoring: { total_operations: 2 },
    });
  });

  it('pipeline_status lists the latest of very many active operations and counts them all', async () => {
    const { call, sessions } = await connectedPipeline();
    const monitor = sessions.open('s');
    for (let i = 0; i < 5000; i++) monitor.startMonitoring(`operation ${i}`);
    await call('version_keeper_scan', { session_id: 's' });
    const monitoring = (await call('pipeline_status', { session_id: 's' })).data['monitoring'];
    expect(monitoring).toMatchObject({ summary: { active_operations: 5000 } });
    const { active_operations: listed } = monitoring as { active_operations: { operation_name: string }[] };
    expect(listed).toHaveLength(100);
    expect(listed.at(-1)?.operation_name).toBe('operation 4999');
  });

  it('pipeline_status names the known sessions if the requested one is unknown', async () => {
    const { call } = await connectedPipeline(FILES);
    await call('version_keeper_scan', { session_id: 'known' });
    const { isError, text } = await call('pipeline_status', { session_id: 'other' });
    expect(isError).toBe(true);
    expect(text).toBe('unknown_session: no tool has run in session "other"; known are known');
  });
});

describe('the resources', () => {
  it('the resources list the sessions and can be read', async () => {
    const { client, call } = await connectedPipeline(FILES);
    expect(await readJson(client, 'pipeline://sessions')).toEqual({ sessions: [] });
    await call('version_keeper_scan', { session_id: 'one' });
    await call('version_keeper_scan', { session_id: 'two:2' });

    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      'pipeline://sessions',
      'pipeline://sessions/two:2',
      'pipeline://sessions/one',
    ]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['pipeline://sessions/{id}']);
    expect(await readJson(client, 'pipeline://sessions')).toMatchObject({
      sessions: [{ session_id: 'two:2' }, { session_id: 'one' }],
    });
    expect(await readJson(client, 'pipeline://sessions/two:2')).toMatchObject({
      scans: 1,
      monitoring: { total_operations: 3 },
    });
  });

  it.each(['pipeline://sessions/none', 'pipeline://sessions/a b'])('the resources refuse %s', async (uri) => {
    const { client } = await connectedPipeline(FILES);
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32_002 });
  });

  it('all clients share the resources', async () => {
    const { call, connect } = await connectedPipeline(FILES);
    await call('version_keeper_scan', { session_id: 's' });
    expect(await readJson(await connect(), 'pipeline://sessions/s')).toMatchObject({ scans: 1 });
  });
});

describe('a subscription', () => {
  function updatesOf(client: Client): string[] {
    const updates: string[] = [];
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void updates.push(params.uri),
    );
    return updates;
  }

  it('a subscription reports changes of its session and of no other', async () => {
    const { client, call, connect } = await connectedPipeline(FILES);
    const updates = updatesOf(client);
    const others = updatesOf(await connect());
    await client.subscribeResource({ uri: 'pipeline://sessions/s' });
    await call('version_keeper_scan', { session_id: 'other' });
    await call('version_keeper_scan', { session_id: 's' });
    await expect.poll(() => updates).toContain('pipeline://sessions/s');
    expect(new Set(updates)).toEqual(new Set(['pipeline://sessions/s']));
    expect(others).toEqual([]);
    expect(await readJson(client, 'pipeline://sessions/s')).toMatchObject({ scans: 1 });
  });

  it('a subscription to the list reports all sessions until it ends', async () => {
    const { client, call, sessions } = await connectedPipeline(FILES);
    const updates = updatesOf(client);
    await client.subscribeResource({ uri: 'pipeline://sessions' });
    sessions.open('of another server').startMonitoring('add');
    sessions.stop();
    await client.ping();
    expect(updates).toEqual([]);
    await call('version_keeper_scan', { session_id: 's' });
    await expect.poll(() => updates).toContain('pipeline://sessions');
    sessions.stop();
    await client.unsubscribeResource({ uri: 'pipeline://sessions' });
    updates.length = 0;
    await call('version_keeper_scan', { session_id: 's' });
    sessions.stop();
    await client.ping();
    expect(updates).toEqual([]);
  });

  it('a subscription to an unknown resource is refused', async () => {
    const { client } = await connectedPipeline();
    await expect(client.subscribeResource({ uri: 'file:///etc/passwd' })).rejects.toMatchObject({
      code: -32_602,
    });
  });

  it('a subscription past the limit is refused and counted', async () => {
    const { client, limits } = await connectedPipeline();
    const subscribe = (i: number) => client.subscribeResource({ uri: `pipeline://sessions/s${i}` });
    for (let i = 0; i < 1000; i++) await subscribe(i);
    for (let i = 1000; i < 1100; i++)
      await expect(subscribe(i)).rejects.toThrow('at most 1000 subscriptions');
    await subscribe(0);
    expect(limits()).toHaveLength(100);
  });

  it('a subscription ends with the connection and with the pipeline', async () => {
    const { client, connect, pipeline, sessions } = await connectedPipeline();
    const subscribers = () => sessions.subscriptions - 1; // One is the test's own.
    await client.subscribeResource({ uri: 'pipeline://sessions' });
    const other = await connect();
    await other.ping();
    expect(subscribers()).toBe(2);
    await client.close();
    await expect.poll(subscribers).toBe(1);
    pipeline.close();
    expect(subscribers()).toBe(0);
    await other.close();
    expect(subscribers()).toBe(0);
  });
});

describe('the client is told', () => {
  it('the client is notified of a new session', async () => {
    const { client, call } = await connectedPipeline(FILES);
    let changes = 0;
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void (changes += 1));
    await call('version_keeper_scan', { session_id: 's' });
    await call('version_keeper_scan', { session_id: 's' });
    expect(changes).toBe(1);
  });

  it('the client gets log messages at the level it requests', async () => {
    const { client, call } = await connectedPipeline(FILES);
    const messages: unknown[] = [];
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void messages.push(params),
    );
    await call('version_keeper_scan', { session_id: 's' });
    expect(messages).toEqual([
      {
        level: 'info',
        logger: 'pipeline',
        data: { session_id: 's', message: 'scanned 1 file: 1 error, 0 warnings' },
      },
    ]);
    await client.setLoggingLevel('error');
    await call('version_keeper_scan', { session_id: 's' });
    await call('version_keeper_scan', { session_id: 's', target_files: ['..'] });
    expect(messages.slice(1)).toMatchObject([
      { level: 'error', data: { message: expect.stringContaining('outside') } },
    ]);
  });
});
