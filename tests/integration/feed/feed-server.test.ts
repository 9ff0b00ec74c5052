import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';
import type { WebSocket } from 'ws';

import { claimPorts } from '../../../scripts/stack/ports.ts';
import { FeedClient } from '../../../src/feed/feed-client.ts';
import { FeedServer } from '../../../src/feed/feed-server.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../src/settings/config.ts';
import { FeedViewer } from '../../support/feed-viewer.ts';
import { runExporter } from '../../support/running-exporter.ts';

describe('a viewer', () => {
  test('a viewer gets a welcome, the sessions, and then each step of each operation in order', async () => {
    const { exporter, urls } = await runExporter();
    exporter.sessions.open('before');
    const viewer = await FeedViewer.live(urls.feed);
    expect(viewer.messages[0]).toMatchObject({
      type: 'hello',
      seq: 0,
      limits: { max_message_bytes: 4096, max_messages_per_second: 20, resume_events: 10_000 },
      grafana_url: null,
    });
    expect(viewer.messages[1]).toMatchObject({ type: 'session_list', sessions: [{ session_id: 'before' }] });

    const monitor = exporter.sessions.open('s');
    await monitor.run('outer', async (outer) => {
      outer.updateProgress(50, { message: 'half', api_key: 'hunter2' });
      await monitor.run('inner', () => undefined);
    });
    await viewer.until(() => viewer.events.length === 5);
    expect(viewer.events.map(({ seq, kind, operation_name }) => `${seq} ${operation_name} ${kind}`)).toEqual([
      '1 outer started',
      '2 outer progressed',
      '3 inner started',
      '4 inner completed',
      '5 outer completed',
    ]);
    const [outer, progressed, inner] = viewer.events;
    expect(inner?.parent_id).toBe(outer?.operation_id);
    expect(progressed).toMatchObject({ progress: 50, message: 'half', status: 'running' });
    expect(progressed?.details).toEqual({ message: 'half', api_key: '[redacted]' });
    expect(outer?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(viewer.of('operations')).toHaveLength(1);
    await viewer.until(() =>
      viewer.of('session_update').some(({ session }) => session.completed_operations === 2),
    );
  });

  test('a viewer gets the unreachable servers when it connects, and when they change', async () => {
    const { exporter, urls } = await runExporter();
    const check = (serverName: string, isUp: boolean | null) =>
      exporter.sessions.publish({
        type: 'upstream_checked',
        serverName,
        isUp,
        reason: isUp ? '' : 'refused',
      });
    check('weather', false);
    const viewer = await FeedViewer.live(urls.feed);
    const [hello] = viewer.of('hello');
    expect(hello?.unreachable_servers).toEqual([
      { server_name: 'weather', reason: 'refused', since: expect.stringMatching(/Z$/) },
    ]);
    const names = () => viewer.of('unreachable_servers').map((m) => m.servers.map((s) => s.server_name));
    for (let i = 0; i < 30; i++) check(`server-${i}`, false);
    for (let i = 0; i < 29; i++) check(`server-${i}`, true);
    await viewer.until(() => names().length === 1);
    check('weather', null);
    check('server-29', true);
    await viewer.until(() => names().length === 2);
    // Changes at the same time are one message.
    expect(names()).toEqual([['weather', 'server-29'], []]);
    const other = await FeedViewer.live(urls.feed);
    expect(other.of('hello')[0]?.unreachable_servers).toEqual([]);
  });

  test('a subscribed viewer gets only its sessions, until its last subscription ends', async () => {
    const { exporter, urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    viewer.send({ type: 'subscribe_session', session_id: 'b' });
    viewer.send({ type: 'ping' });
    await viewer.until(() => viewer.of('pong').length === 2);
    for (const id of ['a', 'b', 'c']) exporter.sessions.open(id).startMonitoring(`in ${id}`);
    await viewer.until(() => viewer.events.length > 0);
    expect(viewer.events.map(({ operation_name }) => operation_name)).toEqual(['in b']);
    viewer.send({ type: 'unsubscribe_session', session_id: 'b' });
    viewer.send({ type: 'ping' });
    await viewer.until(() => viewer.of('pong').length === 3);
    exporter.sessions.open('a').startMonitoring('more in a');
    await viewer.until(() => viewer.events.length === 2);
  });

  test('a viewer can request the state of a session', async () => {
    const { exporter, urls } = await runExporter();
    const monitor = exporter.sessions.open('s');
    monitor.stopMonitoring(monitor.startMonitoring('done'));
    monitor.startMonitoring('running');
    const viewer = await FeedViewer.live(urls.feed);
    viewer.send({ type: 'get_session_status', session_id: 's' });
    const { session_id, data } = await viewer.next('session_status');
    expect(session_id).toBe('s');
    expect(data).toMatchObject({
      total_operations: 2,
      success_rate: 100,
      active_operations: [{ operation_name: 'running', status: 'started' }],
      recently_completed: [{ operation_name: 'done', status: 'completed' }],
    });
    expect(data.average_duration).toBeGreaterThan(0);
  });

  test('a response lists only the first of very many operations', async () => {
    const { exporter, urls } = await runExporter();
    const details = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`k${i}`, '\0'.repeat(1900)]));
    const monitor = exporter.sessions.open('s');
    for (let i = 0; i < 10_000; i++) monitor.startMonitoring('running', `${i}`, details);
    for (let i = 0; i < 20; i++) monitor.stopMonitoring(`${i}`);
    const viewer = await FeedViewer.live(urls.feed);
    viewer.send({ type: 'get_session_status', session_id: 's' });
    const message = await viewer.next('session_status');
    expect(message.data).toMatchObject({
      active_total: 9980,
      active_operations: { 0: { operation_id: '20' } },
    });
    expect(JSON.stringify(message).length).toBeLessThan(300_000);
  });

  test('a viewer gets the latest sessions if the list is too long', async () => {
    const { exporter, urls } = await runExporter();
    for (let i = 100; i < 300; i++) {
      const monitor = exporter.sessions.open(`${i}${'\0'.repeat(250)}`, '\0'.repeat(250));
      const id = monitor.startMonitoring('n', '\0'.repeat(250));
      monitor.stopMonitoring(id, { error: '\0'.repeat(500) }, false);
    }
    const viewer = await FeedViewer.live(urls.feed);
    const { sessions } = await viewer.next('session_list');
    expect(JSON.stringify(sessions).length).toBeLessThan(600_000);
    expect(sessions.length).toBeGreaterThan(30);
    viewer.send({ type: 'ping' });
    await viewer.until(() => viewer.of('pong').length === 2);
  });

  test('a viewer may connect without the subprotocol, also on the feed’s own port', async () => {
    const free = { exporter: 0, feed: 0, prometheus: 0, alertmanager: 0, grafana: 0 };
    const ports = await claimPorts(free, ['exporter', 'feed']);
    const config = { httpPort: ports.exporter, feedPort: ports.feed };
    const { exporter, urls } = await runExporter({ config });
    const url = new URL(urls.feed);
    url.port = String(exporter.config.feedPort);
    const viewer = new FeedViewer(url.href, {}, []);
    expect(await viewer.next('hello')).toMatchObject({ seq: 0 });
    const other = await fetch(`http://127.0.0.1:${exporter.config.feedPort}/metrics`);
    expect(other.status).toBe(404);
  });
});

describe('a viewer that comes back', () => {
  test('a returning viewer gets the events it missed, once and in order', async () => {
    const { exporter, urls } = await runExporter();
    const monitor = exporter.sessions.open('s');
    const first = await FeedViewer.live(urls.feed);
    monitor.startMonitoring('one');
    await first.until(() => first.events.length === 1);
    const { boot_id } = await first.next('hello');
    first.socket.close();
    await first.closed();

    monitor.startMonitoring('two');
    const second = new FeedViewer(urls.feed);
    await second.next('session_list');
    monitor.startMonitoring('three');
    second.send({ type: 'resume', boot_id, seq: 1 });
    monitor.startMonitoring('four');
    await second.until(() => second.events.length >= 3);
    monitor.startMonitoring('five');
    await second.until(() => second.events.length >= 4);
    expect(second.events.map(({ operation_name }) => operation_name)).toEqual([
      'two',
      'three',
      'four',
      'five',
    ]);
    expect(second.of('gap')).toEqual([]);
  });

  test('a viewer that returns too late gets a gap and a snapshot of the sessions', async () => {
    const { exporter, urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    const { boot_id } = await viewer.next('hello');
    const monitor = exporter.sessions.open('s');
    for (let i = 0; i < 6000; i++) monitor.stopMonitoring(monitor.startMonitoring('x'));
    const back = new FeedViewer(urls.feed);
    await back.next('hello');
    back.send({ type: 'resume', boot_id, seq: 10 });
    expect(await back.next('gap')).toMatchObject({ from_seq: 11, to_seq: 12_000, reason: 'too_old' });
    await back.until(() => back.of('session_list').length === 2);
    expect(back.of('session_list')[1]?.sessions).toMatchObject([{ completed_operations: 6000 }]);
  });

  test('to another process learns that everything before is gone', async () => {
    const { urls } = await runExporter();
    const viewer = new FeedViewer(urls.feed);
    await viewer.next('hello');
    viewer.send({ type: 'resume', boot_id: 'of-another-life', seq: 3 });
    expect(await viewer.next('gap')).toMatchObject({ reason: 'restarted' });
  });
});

describe('a viewer that asks and does not read', () => {
  test.each([{ type: 'resume', seq: 0 }, { type: 'list_sessions' }])(
    'a viewer that resumes with %j is closed with 1013 before it costs memory',
    async (message) => {
      const { exporter, urls, get } = await runExporter();
      const monitor = exporter.sessions.open('s');
      const filler = { text: 'x'.repeat(480) };
      for (let i = 0; i < 3000; i++) monitor.stopMonitoring(monitor.startMonitoring('x', undefined, filler));
      for (let i = 0; i < 199; i++) exporter.sessions.open(`session-${i}`);
      const { boot_id } = await new FeedViewer(urls.feed).next('hello');
      const stalled = await connectRaw(urls.feed);
      const text = JSON.stringify(message.type === 'resume' ? { ...message, boot_id } : message);
      const asking = setInterval(() => stalled.write(maskedTextFrame(text)), 60);
      onTestFinished(() => {
        clearInterval(asking);
        stalled.destroy();
      });
      const clients = async () =>
        Number(/^mcp_exporter_feed_clients (\d+)$/m.exec((await get('/metrics')).text)?.[1]);
      await expect.poll(clients, { timeout: 25_000 }).toBe(1);
    },
  );
});

describe('a bad message', () => {
  test.each([
    ['no JSON', 'invalid_json'],
    ['[]', 'invalid_message'],
    ['{"type":"explode"}', 'unknown_type'],
    ['{}', 'unknown_type'],
    ['{"type":"subscribe_session"}', 'invalid_message'],
    ['{"type":"subscribe_session","session_id":7}', 'invalid_message'],
    [`{"type":"subscribe_session","session_id":"${'x'.repeat(300)}"}`, 'invalid_message'],
    ['{"type":"ping","extra":1}', 'invalid_message'],
    ['{"type":"resume","boot_id":"x","seq":-1}', 'invalid_message'],
    ['{"type":"get_session_status","session_id":"nobody"}', 'unknown_session'],
  ])('the bad message %s is answered with %s, and the connection stays open', async (text, code) => {
    const { urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    viewer.send(text);
    const error = await viewer.next('error');
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/expected|Invalid|Too|Unrecognized/);
    viewer.send({ type: 'list_sessions' });
    await viewer.until(() => viewer.of('session_list').length === 2);
  });

  test('ten bad messages in a row close the connection', async () => {
    const { urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    const closed = viewer.closed();
    for (let i = 0; i < 10; i++) viewer.send('nonsense');
    expect(await closed).toMatchObject({ code: 1008 });
    expect(viewer.of('error')).toHaveLength(10);
  });

  test('nine bad messages and then a good one keep the connection open', async () => {
    const { urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    for (let i = 0; i < 9; i++) viewer.send('nonsense');
    viewer.send({ type: 'ping' });
    await viewer.until(() => viewer.of('pong').length === 2);
    for (let i = 0; i < 5; i++) viewer.send('nonsense');
    await viewer.until(() => viewer.of('error').length === 14);
    expect(viewer.socket.readyState).toBe(viewer.socket.OPEN);
  });

  test('too many valid messages are refused too', async () => {
    const { urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    // Also of a machine that stands still while they arrive.
    for (let i = 0; i < 200; i++) viewer.send({ type: 'ping' });
    expect(await viewer.next('error')).toMatchObject({ code: 'too_many_messages' });
  });

  test('a message that is too long gets an error, one over the frame limit ends the connection', async () => {
    const { urls } = await runExporter();
    const viewer = await FeedViewer.live(urls.feed);
    const closed = viewer.closed();
    viewer.send('x'.repeat(5000));
    expect(await viewer.next('error')).toMatchObject({ message: 'expected at most 4096 bytes' });
    viewer.send('x'.repeat(70_000));
    expect(await closed).toMatchObject({ code: 1009 });
  });
});

test('a viewer that stops reading is closed with 1013, and the others get every event', async () => {
  const { exporter, urls, get } = await runExporter();
  const good = await FeedViewer.live(urls.feed);
  const stalled = await connectRaw(urls.feed);
  const clients = async () =>
    Number(/^mcp_exporter_feed_clients (\d+)$/m.exec((await get('/metrics')).text)?.[1]);
  expect(await clients()).toBe(2);

  const monitor = exporter.sessions.open('s');
  const filler = { text: 'x'.repeat(480) };
  let sent = 0;
  while ((await clients()) > 1) {
    for (let i = 0; i < 200; i++) {
      const id = monitor.startMonitoring('x', undefined, filler);
      monitor.updateProgress(id, 1, filler);
      monitor.updateProgress(id, 2, filler);
      monitor.stopMonitoring(id);
    }
    sent += 800;
    await good.until(() => good.events.length === sent);
    expect(sent).toBeLessThan(200_000);
  }
  expect(good.of('gap')).toEqual([]);
  expect((await get('/metrics')).text).toMatch(/^mcp_exporter_feed_dropped_total\{reason="closed"\} [1-9]/m);
  stalled.destroy();
  // It is given 15 s, and before that the system's buffers must be full.
}, 60_000);

test('a viewer over the limit is refused, and what it sends has no effect', async () => {
  const sessions = new SessionRegistry();
  const feed = new FeedServer({
    sessions,
    serverVersion: '1',
    config: DEFAULT_CONFIG,
    logger: createLogger('silent'),
    metrics: { feedClients: () => undefined, feedEvents: () => undefined, feedDropped: () => undefined },
    maxClients: 1,
  });
  const server = createServer().on('upgrade', (...upgrade) => feed.handleUpgrade(...upgrade));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await feed.close();
    server.close();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  const first = await FeedViewer.live(url);
  const second = await connectRaw(url);
  // Unmasked, against the protocol: the socket reports an error.
  second.write(Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]));
  await new Promise((resolve) => second.resume().once('close', resolve));
  sessions.open('s').startMonitoring('still here');
  await first.until(() => first.events.length === 1);
});

test('a hundred times as many viewers as one address may have do not lock out another address', async () => {
  const sessions = new SessionRegistry();
  const limits: string[] = [];
  sessions.subscribe((event) => {
    if (event.type === 'limit_reached') limits.push(event.limit);
  });
  const feed = new FeedServer({
    sessions,
    serverVersion: '1',
    config: DEFAULT_CONFIG,
    logger: createLogger('silent'),
    metrics: { feedClients: () => undefined, feedEvents: () => undefined, feedDropped: () => undefined },
    maxClients: 6,
    maxClientsPerAddress: 3,
  });
  const server = createServer().on('upgrade', (...upgrade) => feed.handleUpgrade(...upgrade));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await feed.close();
    server.close();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  const outcome = ({ socket }: FeedViewer) =>
    new Promise((resolve) => {
      socket.once('message', () => resolve('greeted'));
      socket.once('close', resolve);
    });
  const from = (localAddress: string) => outcome(new FeedViewer(url, { localAddress }));
  const outcomes = [];
  for (let i = 0; i < 300; i++) outcomes.push(await from('127.0.0.2'));
  expect(outcomes.filter((each) => each === 'greeted')).toHaveLength(3);
  expect(outcomes.filter((each) => each === 1013)).toHaveLength(297);
  for (let i = 0; i < 3; i++) expect(await from('127.0.0.3')).toBe('greeted');
  expect(await from('127.0.0.4')).toBe(1013);
  const refused = (localAddress: string) => new FeedViewer(url, { localAddress }).closed();
  expect(await refused('127.0.0.2')).toEqual({
    code: 1013,
    reason: 'expected at most 6 clients of the live feed (limit feed_clients)',
  });
  expect(limits.filter((limit) => limit === 'feed_clients_per_address')).toHaveLength(297);
  expect(limits.filter((limit) => limit === 'feed_clients')).toHaveLength(2);
});

test('requests of a viewer beyond its limits are refused and counted', async () => {
  const { exporter, urls } = await runExporter();
  const counts = new Map<string, number>();
  exporter.sessions.subscribe((event) => {
    if (event.type === 'limit_reached') counts.set(event.limit, (counts.get(event.limit) ?? 0) + event.count);
  });
  // Each is closed after ten refused messages in a row, and comes again.
  for (let i = 0; i < 10; i++) {
    const viewer = await FeedViewer.live(urls.feed);
    for (let message = 0; message < 200; message++) viewer.send('x'.repeat(40_960));
    await once(viewer.socket, 'close');
  }
  expect(
    (counts.get('feed_message_size') ?? 0) + (counts.get('feed_message_rate') ?? 0),
  ).toBeGreaterThanOrEqual(100);
  expect(counts.get('feed_message_size')).toBeGreaterThan(0);
  for (let i = 0; i < 10; i++) {
    const viewer = await FeedViewer.live(urls.feed);
    for (let message = 0; message < 2000; message++) viewer.send({ type: 'ping' });
    await once(viewer.socket, 'close');
  }
  expect(counts.get('feed_message_rate')).toBeGreaterThanOrEqual(100);
});

test('a client has at most a hundred subscriptions', () => {
  const client = new FeedClient({} as WebSocket, 0, 20);
  const taken = Array.from({ length: 10_000 }, (_, i) => client.subscribe(`session-${i}`)).filter(Boolean);
  expect(taken).toHaveLength(100);
  expect(client.subscribe('session-0')).toBe(true);
});

test('an event with unreadable details is sent without them', async () => {
  const { exporter, urls } = await runExporter();
  const viewer = await FeedViewer.live(urls.feed);
  const monitor = exporter.sessions.open('s');
  const request = {
    get body() {
      throw new Error('gone');
    },
  };
  monitor.startMonitoring('broken', undefined, { request });
  monitor.startMonitoring('whole', undefined, { n: 1 });
  await viewer.until(() => viewer.events.length === 2);
  expect(viewer.events[0]).not.toHaveProperty('details');
  expect(viewer.events[1]).toMatchObject({ operation_name: 'whole', details: { n: 1 } });
});

test('details are copied when the event happens', async () => {
  const { exporter, urls } = await runExporter();
  const viewer = await FeedViewer.live(urls.feed);
  const monitor = exporter.sessions.open('s');
  const details = { n: 0 };
  const id = monitor.startMonitoring('x');
  for (const n of [1, 2, 3]) {
    details.n = n;
    monitor.updateProgress(id, n, details);
  }
  await viewer.until(() => viewer.events.length === 4);
  expect(viewer.events.slice(1).map((event) => event.details)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('on shutdown the remaining events are sent and viewers are closed with 1001', async () => {
  const { exporter, urls } = await runExporter();
  const viewer = await FeedViewer.live(urls.feed);
  const closed = viewer.closed();
  exporter.sessions.open('s').startMonitoring('last words');
  await exporter.close();
  expect(await closed).toMatchObject({ code: 1001 });
  expect(viewer.events.map(({ operation_name }) => operation_name)).toEqual(['last words']);
});

/** A WebSocket that has shaken hands, and then reads nothing. */
async function connectRaw(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('data', resolve));
  return socket.pause();
}

/** A text of up to 125 bytes as a client frames it, with a mask of zeros. */
function maskedTextFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
