import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { runExporter } from '../../support/running-exporter.ts';

const EVENT = {
  type: 'operation',
  kind: 'completed',
  session_id: 'nightly',
  operation_id: 'i',
  operation_name: 'import',
  duration: 2.5,
};

async function hub(config: object = {}) {
  const { urls, get } = await runExporter({ config });
  const url = new URL('/api/v1/report', urls.metrics);
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { post, get };
}

describe('POST /api/v1/report', () => {
  test('a short report is counted and shown', async () => {
    const { post, get } = await hub();
    const response = await post({ reporter_id: 'r', events: [EVENT] });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { next_seq: 2, heartbeat_seconds: 15 },
    ]);
    const { text } = await get('/metrics');
    expect(text).toContain(
      'pipeline_operation_duration_seconds_sum{operation="import",status="completed"} 2.5\n',
    );
    expect((await get('/api/v1/sessions/nightly')).json()).toMatchObject({ total_operations: 1 });
  });

  test('operations that are their own ancestors are counted and shown, and the hub goes on', async () => {
    const { post, get } = await hub();
    const step = (kind: string, operation_id: string, parent_id: string) => ({
      ...EVENT,
      kind,
      operation_id,
      parent_id,
    });
    const events = ['started', 'progressed', 'completed'].flatMap((kind) => [
      step(kind, 'self', 'self'),
      step(kind, 'a', 'b'),
      step(kind, 'b', 'a'),
    ]);
    expect((await post({ reporter_id: 'r', events })).status).toBe(200);
    expect((await get('/metrics')).text).toContain(
      'pipeline_operations_ended_total{operation="import",status="completed"} 3\n',
    );
    expect((await get('/api/v1/operations/a?session_id=nightly')).json()).toMatchObject({
      operation: { status: 'completed' },
    });
  });

  test('each numbered event counts once', async () => {
    const { post, get } = await hub();
    const event = (operation_id: string) => ({ ...EVENT, operation_id });
    await post({ reporter_id: 'r', first_seq: 1, events: [event('a'), event('b')] });
    await post({ reporter_id: 'r', first_seq: 1, events: [event('a'), event('b')] });
    await post({ reporter_id: 'r', first_seq: 2, events: [event('b'), event('c')] });
    const { text } = await get('/metrics');
    expect(text).toContain(
      'pipeline_operation_duration_seconds_count{operation="import",status="completed"} 3\n',
    );
    expect(text).toContain('mcp_exporter_reported_events_total{result="duplicate"} 3\n');
  });

  test.each([
    ['that is no JSON', '{"reporter_id":', {}, 400, 'invalid_json'],
    ['that is no report', {}, {}, 400, 'invalid_report'],
    ['of another type', 'hello', { 'content-type': 'text/plain' }, 415, 'expected_json'],
    [
      'that is too large',
      { reporter_id: 'r', events: [], more: 'x'.repeat(1_100_000) },
      {},
      413,
      'report_too_large',
    ],
    [
      'from another page',
      { reporter_id: 'r', events: [] },
      { origin: 'https://evil.example' },
      403,
      'forbidden_origin',
    ],
  ])('a report %s is refused', async (_title, body, headers, status, code) => {
    const { post, get } = await hub();
    const response = await post(body, headers);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
    expect((await get('/metrics')).text).toContain('mcp_exporter_reporters 0\n');
  });

  test('reports that are too large are refused and counted', async () => {
    const { post, get } = await hub();
    const body = JSON.stringify({ reporter_id: 'r', events: [], more: 'x'.repeat(1_100_000) });
    for (let i = 0; i < 100; i++) expect((await post(body)).status).toBe(413);
    expect((await get('/metrics')).text).toContain(
      'mcp_exporter_limit_reached_total{limit="report_size"} 100\n',
    );
  });

  test('a report with one bad event is refused as a whole', async () => {
    const { post, get } = await hub();
    const response = await post({ reporter_id: 'r', events: [EVENT, { ...EVENT, duration: 'long' }] });
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringMatching(/^events\.1\.duration: /) },
    });
    expect((await get('/metrics')).text).not.toContain('operation="import"');
  });

  test('a hub with a key refuses reports without it', async () => {
    const { post } = await hub({ apiKey: 'a-key-of-16-chars' });
    expect((await post({ reporter_id: 'r', events: [] })).status).toBe(401);
    expect(
      (await post({ reporter_id: 'r', events: [] }, { authorization: 'Bearer a-key-of-16-chars' })).status,
    ).toBe(200);
  });

  test('a flood is answered with 429 and Retry-After', async () => {
    // A second that lasts for as long as the flood does, however slow this machine is.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { post } = await hub();
    const responses = await Promise.all(
      Array.from({ length: 400 }, () => post({ reporter_id: 'r', events: [] })),
    );
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ error: { code: 'too_many_reports' } });
    expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(300);
  });
});
