import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';

import { describe, expect, test } from 'vitest';

import type { ActivityBody } from '../../../src/api/answers.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { runExporter } from '../../support/running-exporter.ts';

describe('health and readiness', () => {
  test.each(['/health', '/-/healthy', '/ready', '/-/ready'])('%s answers with 200', async (path) => {
    const { get } = await runExporter();
    expect((await get(path)).status).toBe(200);
  });
});

describe('/metrics', () => {
  test('/metrics is Prometheus text by default, and for a plain curl', async () => {
    const { get } = await runExporter();
    for (const accept of ['*/*', 'text/plain', 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1']) {
      const { headers, text } = await get('/metrics', { accept });
      expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(text).toContain('mcp_exporter_build_info{version="');
      expect(text).toContain('process_cpu_seconds_total');
    }
  });

  test.each([
    // Prometheus 2, Prometheus 3, a plain client, and one that prefers text.
    ['application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', true],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      true,
    ],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', true],
    ['text/plain, application/openmetrics-text;q=0.5', false],
    ['application/openmetrics-text;q=0', false],
  ])('/metrics answers Accept: %s in OpenMetrics: %s', async (accept, isOpenMetrics) => {
    const { get } = await runExporter();
    const { text } = await get('/metrics', { accept });
    expect(text.endsWith('# EOF\n')).toBe(isOpenMetrics);
  });

  test('/metrics is OpenMetrics for a client that prefers it, as Prometheus does', async () => {
    const { get } = await runExporter();
    const accept =
      'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const { headers, text } = await get('/metrics', { accept });
    expect(headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  test('/metrics is compressed if Accept-Encoding allows it, and only then', async () => {
    const { urls } = await runExporter();
    const raw = (encoding: string) =>
      new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
        const request = httpRequest(
          urls.metrics,
          { headers: { 'accept-encoding': encoding } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('end', () =>
              resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
            );
          },
        );
        request.on('error', reject).end();
      });
    const [zipped, plain] = [await raw('gzip'), await raw('identity')];
    expect(zipped.encoding).toBe('gzip');
    expect(gunzipSync(zipped.body).toString()).toContain('mcp_exporter_build_info');
    expect(zipped.body.length).toBeLessThan(plain.body.length / 4);
    expect(plain.encoding).toBeUndefined();
  });

  test('/metrics and the summaries answer 404 if metrics are not collected', async () => {
    const { get } = await runExporter({ config: { isMetricsEnabled: false } });
    for (const path of ['/metrics', '/api/v1/summary', '/api/v1/trend?operation=x', '/api/v1/activity']) {
      const { status, json } = await get(path);
      expect(status).toBe(404);
      expect(json()).toMatchObject({ error: { code: 'metrics_disabled' } });
    }
  });

  test('without metrics, the error names the variable that the process reads', async () => {
    const { get } = await runExporter({
      config: { isMetricsEnabled: false, variablePrefix: 'MCP_EXPORTER_' },
    });
    expect((await get('/metrics')).json()).toMatchObject({
      error: { message: 'MCP_EXPORTER_METRICS_COLLECTION_ENABLED is false' },
    });
  });
});

describe('/api/v1', () => {
  async function withOperations() {
    const running = await runExporter();
    const { sessions } = running.exporter;
    const monitor = sessions.open('one');
    monitor.stopMonitoring(monitor.startMonitoring('scan'), { files: 3 });
    monitor.stopMonitoring(monitor.startMonitoring('scan'), { error: 'disk full' }, false);
    monitor.startMonitoring('fix', 'active-one');
    sessions.open('two').cancelMonitoring(sessions.open('two').startMonitoring('scan'), 'enough');
    return running;
  }

  test('/api/v1/sessions lists the sessions, the latest first', async () => {
    const { get } = await withOperations();
    expect((await get('/api/v1/sessions')).json()).toMatchObject({
      sessions: [
        { session_id: 'two', status: 'idle', total_operations: 1, cancelled_operations: 1 },
        {
          session_id: 'one',
          status: 'active',
          total_operations: 3,
          success_rate: 50,
          current_operation: 'active-one',
        },
      ],
    });
  });

  test('/api/v1/sessions/{id} says what a session is doing', async () => {
    const { get } = await withOperations();
    expect((await get('/api/v1/sessions/one')).json()).toMatchObject({
      session_id: 'one',
      active_operations: [{ operation_id: 'active-one', status: 'started' }],
      recently_completed: [{ details: { files: 3 } }, { status: 'failed', error: 'disk full' }],
      summary: { status: 'active', failed_operations: 1 },
    });
  });

  test('/api/v1/operations selects by session, name, status and number, the latest first', async () => {
    const { get } = await withOperations();
    const statuses = async (query: string) => {
      const { operations } = (await get(`/api/v1/operations${query}`)).json() as {
        operations: { status: string }[];
      };
      return operations.map(({ status }) => status);
    };
    expect((await statuses('')).toSorted()).toEqual(['cancelled', 'completed', 'failed', 'started']);
    expect(await statuses('?session_id=two')).toEqual(['cancelled']);
    expect(await statuses('?operation=fix')).toEqual(['started']);
    expect(await statuses('?operation=scan&status=failed')).toEqual(['failed']);
    expect(await statuses('?operation=nothing')).toEqual([]);
    expect(await statuses('?status=failed')).toEqual(['failed']);
    expect((await statuses('?status=failed,started')).toSorted()).toEqual(['failed', 'started']);
    expect(await statuses('?limit=2')).toHaveLength(2);
  });

  test('/api/v1/operations selects by server, requested tool and text, but does not find secrets', async () => {
    const { exporter, get } = await runExporter();
    const { sessions } = exporter;
    const client = { name: 'Inspector', version: '1.0' };
    const files = sessions.open('f', 'files', undefined, { client });
    const weather = sessions.open('w', 'weather');
    for (const [monitor, id] of [
      [files, 'read'],
      [weather, 'forecast'],
    ] as const) {
      monitor.stopMonitoring(monitor.startMonitoring(id, id), { message: `Done with ${id}` });
    }
    weather.startMonitoring('_OTHER', 'unknown', { requested_tool: 'fetch_invoice' });
    weather.stopMonitoring('unknown', { error: 'Refused password=hunter2-hunter2' }, false);
    const ids = async (query: string) => {
      const answer = (await get(`/api/v1/operations?${query}`)).json() as {
        operations: { operation_id: string }[];
      };
      return answer.operations.map(({ operation_id: id }) => id).toSorted();
    };
    expect(await ids('server=files')).toEqual(['read']);
    expect(await ids('server=weather')).toEqual(['forecast', 'unknown']);
    expect(await ids('server=file')).toEqual([]);
    expect(await ids('operation=fetch_invoice')).toEqual(['unknown']);
    expect(await ids('operation=_OTHER')).toEqual(['unknown']);
    for (const [text, found] of [
      ['FORE', ['forecast']],
      ['done with', ['forecast', 'read']],
      ['weather', ['forecast', 'unknown']],
      ['inspector 1.0', ['read']],
      ['invoice', ['unknown']],
      ['refused', ['unknown']],
      ['hunter2', []],
      ['nothing like it', []],
    ] as const) {
      expect(await ids(`text=${encodeURIComponent(text)}`), text).toEqual(found);
    }
    expect(await ids('server=weather&text=done')).toEqual(['forecast']);
  });

  test('/api/v1/snapshot is of one moment of the feed: it holds what the events up to there have told', async () => {
    const { exporter, get } = await withOperations();
    const snapshot = async (query = '') =>
      (await get(`/api/v1/snapshot${query}`)).json() as {
        feed: { boot_id: string; seq: number };
        active: { operation_id: string; progress: number }[];
        ended: { status: string }[];
      };
    const before = await snapshot();
    expect(before).toMatchObject({
      feed: { seq: 7 },
      active: [{ operation_id: 'active-one', progress: 0 }],
    });
    expect(before.ended.map(({ status }) => status).toSorted()).toEqual(['cancelled', 'completed', 'failed']);
    exporter.sessions.open('one').updateProgress('active-one', 10);
    const after = await snapshot('?limit=1');
    expect(after.feed).toEqual({ ...before.feed, seq: 8 });
    expect(after).toMatchObject({ active: [{ progress: 10 }], ended: [{}] });
  });

  test('/api/v1/operations/{id} gives an operation with its family and its progress over time', async () => {
    const { exporter, get } = await withOperations();
    const monitor = exporter.sessions.open('run', 'a-server');
    await monitor.run('outer', () =>
      monitor.run(
        'middle',
        async (middle) => {
          middle.updateProgress(40, { files: 4 });
          await Promise.all([monitor.run('first', () => 1), monitor.run('second', () => 2)]);
        },
        { id: 'the-middle' },
      ),
    );
    expect((await get('/api/v1/operations/the-middle')).json()).toMatchObject({
      operation: {
        operation_name: 'middle',
        server_name: 'a-server',
        status: 'completed',
        details: { files: 4 },
        progress_over_time: [[expect.any(Number) as number, 40]],
      },
      ancestors: [{ operation_name: 'outer' }],
      descendants: [{ operation_name: 'first' }, { operation_name: 'second' }],
    });
  });

  test('/api/v1/operations/{id} gives the latest of several with one id, or the one with the session and start in the query', async () => {
    const { exporter, get } = await withOperations();
    const [early, late] = [exporter.sessions.open('early'), exporter.sessions.open('late')];
    early.stopMonitoring(early.startMonitoring('first', 'same'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    early.stopMonitoring(early.startMonitoring('second', 'same'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    late.startMonitoring('third', 'same');
    const nameOf = async (query: string) => {
      const { operation } = (await get(`/api/v1/operations/same${query}`)).json() as {
        operation: { operation_name: string; start_time: string };
      };
      return operation.operation_name;
    };
    expect(await nameOf('')).toBe('third');
    expect(await nameOf('?session_id=early')).toBe('second');
    const [first] = early.allOperations();
    expect(await nameOf(`?session_id=early&start_time=${first?.startTime.toISOString()}`)).toBe('first');
  });

  test('an operation that is not kept is not found, and the answer says where to look', async () => {
    const { get } = await withOperations();
    const { status, json } = await get('/api/v1/operations/no-such');
    expect(status).toBe(404);
    expect(json()).toMatchObject({ error: { code: 'unknown_operation' } });
    expect((await get('/api/v1/operations/active-one?session_id=nobody')).json()).toMatchObject({
      error: { code: 'unknown_session' },
    });
  });

  test('/api/v1/summary and /api/v1/trend have keys in snake_case', async () => {
    const { get } = await withOperations();
    const summary = { count: 3, success_count: 1, failure_count: 1, cancelled_count: 1 };
    expect((await get('/api/v1/summary')).json()).toMatchObject({
      hours: 24,
      source: 'local',
      operations: { scan: { ...summary, avg_duration: expect.any(Number) as number } },
    });
    const one = (await get('/api/v1/summary?operation=scan&hours=1')).json();
    expect(one).toMatchObject({ operation: 'scan', hours: 1, source: 'local', ...summary });
    expect(Object.keys(one as object)).toEqual(
      expect.arrayContaining([
        'median_duration',
        'p95_duration',
        'p99_duration',
        'std_deviation',
        'success_rate',
      ]),
    );
    const today = new Date().toISOString().slice(0, 10);
    expect((await get('/api/v1/trend?operation=scan&days=7')).json()).toMatchObject({
      operation: 'scan',
      days: 7,
      source: 'local',
      trend: [{ date: today, count: 3 }],
    });
  });

  test('/api/v1/activity has columns by minute for each operation, or for one', async () => {
    const clock = new FakeClock('2026-03-01T12:00:10Z');
    const { exporter, get } = await runExporter({ clock });
    exporter.recordMetric({ operationType: 'scan', duration: 2 });
    clock.advance(120_000);
    exporter.recordMetric({ operationType: 'scan', duration: 0.25, success: false });
    exporter.recordMetric({ operationType: 'fix', duration: 1 });
    const scan = { count: [1, 0, 1], failure_count: [0, 0, 1], p95_duration: [2, null, 0.25] };
    const grid = { source: 'local', step_seconds: 60, start_time: '2026-03-01T12:00:00.000Z' };
    expect((await get('/api/v1/activity?minutes=3')).json()).toEqual({
      ...grid,
      operations: {
        scan,
        fix: { count: [0, 0, 1], failure_count: [0, 0, 0], p95_duration: [null, null, 1] },
      },
      by_server: [],
    });
    expect((await get('/api/v1/activity?minutes=3&operation=scan')).json()).toEqual({
      ...grid,
      operations: { scan },
      by_server: [],
    });
    expect((await get('/api/v1/activity?operation=unheard+of')).json()).toEqual({
      ...grid,
      start_time: '2026-03-01T11:03:00.000Z',
      operations: {},
      by_server: [],
    });
  });

  test('/api/v1/activity has operations of the same name by server', async () => {
    const { exporter, get } = await runExporter();
    for (const server of ['billing', 'shop']) {
      const monitor = exporter.sessions.open(server, server);
      monitor.stopMonitoring(monitor.startMonitoring('fetch_invoice'), {}, server === 'shop');
    }
    const { operations, by_server } = (await get('/api/v1/activity?minutes=60')).json() as ActivityBody;
    const sum = (counts: readonly number[] = []) => counts.reduce((total, each) => total + each, 0);
    expect(sum(operations['fetch_invoice']?.count)).toBe(2);
    expect(
      by_server.map(({ server_name, operation, count, failure_count }) => [
        server_name,
        operation,
        sum(count),
        sum(failure_count),
      ]),
    ).toEqual([
      ['billing', 'fetch_invoice', 1, 1],
      ['shop', 'fetch_invoice', 1, 0],
    ]);
  });

  test.each([
    ['/api/v1/operations?limit=0', 'limit'],
    ['/api/v1/operations?limit=abc', 'limit'],
    ['/api/v1/operations?status=done', 'status'],
    ['/api/v1/operations?status=failed,', 'status'],
    ['/api/v1/operations?status=failed&status=started', 'status'],
    ['/api/v1/snapshot?limit=0', 'limit'],
    ['/api/v1/operations/x?start_time=yesterday', 'start_time'],
    ['/api/v1/operations/x?session_id=', 'session_id'],
    ['/api/v1/operations?operation=', 'operation'],
    ['/api/v1/operations?limit=1&limit=2', 'limit'],
    ['/api/v1/summary?hours=-1', 'hours'],
    ['/api/v1/summary?hour=1', 'hour'],
    ['/api/v1/trend', 'operation'],
    ['/api/v1/trend?operation=x&days=1.5', 'days'],
    ['/api/v1/activity?minutes=0', 'minutes'],
    ['/api/v1/activity?minutes=61', 'minutes'],
    ['/api/v1/activity?minutes=1.5', 'minutes'],
    ['/api/v1/activity?minutes=all', 'minutes: expected a number'],
    ['/api/v1/activity?minutes=1&minutes=2', 'minutes: expected one number'],
    ['/api/v1/activity?operation=', 'operation'],
    ['/api/v1/activity?hours=1', 'hours'],
    ['/api/v1/sessions?x=1', 'x'],
  ])('%s is refused with the parameter’s name', async (path, name) => {
    const { get } = await runExporter();
    const { status, json } = await get(path);
    expect(status).toBe(400);
    expect(json()).toMatchObject({
      error: { code: 'invalid_parameter', message: expect.stringContaining(name) as string },
    });
  });

  test.each([
    ['/api/v1/sessions/nobody', 'unknown_session'],
    ['/api/v1/operations?session_id=nobody', 'unknown_session'],
    ['/api/v1/nothing', 'unknown_route'],
    ['/nothing', 'unknown_route'],
    ['/mcp', 'unknown_route'],
  ])('%s is answered with 404 and an error in JSON', async (path, code) => {
    const { get } = await runExporter();
    const { status, json } = await get(path);
    expect(status).toBe(404);
    expect(json()).toMatchObject({ error: { code } });
  });

  test('a path that cannot be decoded is a bad request, not a failure', async () => {
    const { get } = await runExporter();
    const { status, json } = await get('/api/v1/sessions/%E0%A4%A');
    expect(status).toBe(400);
    expect(json()).toMatchObject({ error: { code: 'bad_request' } });
  });
});

test('a port in use is reported in one line, and nothing is left running', async () => {
  const { urls } = await runExporter();
  const httpPort = Number(new URL(urls.metrics).port);
  await expect(runExporter({ config: { httpPort } })).rejects.toMatchObject({
    code: 'port_in_use',
    message: `port ${httpPort} on localhost is in use: stop the program that uses it, or set MONITORING_DASHBOARD_PORT (or --port)`,
  });
});

test.each(['nightly%2Fimport%2F1', 'nightly/import/1'])(
  'the id of an operation may be in the path as %s',
  async (id) => {
    const { exporter, get } = await runExporter();
    exporter.sessions.open('a/b').startMonitoring('import', 'nightly/import/1');
    expect((await get(`/api/v1/operations/${id}`)).json()).toMatchObject({
      operation: { operation_id: 'nightly/import/1' },
    });
    const session = id.includes('%') ? 'a%2Fb' : 'a/b';
    expect((await get(`/api/v1/sessions/${session}`)).json()).toMatchObject({ session_id: 'a/b' });
  },
);
