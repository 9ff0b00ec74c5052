import { describe, expect, test } from 'vitest';

import { LIMITS } from '../../../src/monitor/limits.ts';
import { HubClient } from '../../../src/relay/hub-client.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const NO_HUB = 'not an mcp-exporter hub, or one of an older version: check the address';

/** What a client says became of a report that the hub answers by `answer`. */
async function post(
  answer: () => Response | Promise<Response>,
  hubUrl = 'http://hub.test',
  hubKey?: string,
  variablePrefix = '',
) {
  const requests: { url: string; method: string; headers: object; body: string }[] = [];
  const limits: string[] = [];
  const client = new HubClient({
    config: { hubUrl, hubKey, variablePrefix },
    fetch: (url, { method, headers, body }) => {
      requests.push({ url: url.href, method, headers, body });
      return Promise.resolve(answer());
    },
    now: () => NOW,
    onLimit: (limit) => limits.push(limit),
  });
  return { result: await client.post('{"a":1}', new AbortController().signal), requests, limits };
}

const accepted = () => Response.json({ boot_id: 'b', next_seq: 1, heartbeat_seconds: 15 });
const failure = (kind: string, reason: string, retryAfterMs: number) => ({
  failure: { kind, reason, isFinal: false, retryAfterMs },
});

describe('the request', () => {
  test.each([
    ['http://hub.test', 'http://hub.test/api/v1/report'],
    ['http://hub.test:9/', 'http://hub.test:9/api/v1/report'],
    ['https://hub.test/a/b', 'https://hub.test/a/b/api/v1/report'],
    ['https://hub.test/a/', 'https://hub.test/a/api/v1/report'],
  ])('of the hub at %s goes to %s', async (hubUrl, url) => {
    const { requests } = await post(accepted, hubUrl);
    const headers = { 'content-type': 'application/json' };
    expect(requests).toEqual([{ url, method: 'POST', headers, body: '{"a":1}' }]);
  });

  test('has the key if there is one', async () => {
    const { requests } = await post(accepted, undefined, 'k');
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer k' });
  });
});

test('an accepted report has the boot id of the hub', async () => {
  const { result, limits } = await post(accepted);
  expect(result).toEqual({ answer: { kind: 'accepted', bootId: 'b' } });
  expect(limits).toEqual([]);
});

test.each(['', 'null', '7', '"boot_id"', '[]', '{}', '{"boot_id":7}', '<h1>'])(
  'the answer %j with status 200 is not from a hub',
  async (text) => {
    expect((await post(() => new Response(text))).result).toEqual(failure('refused', NO_HUB, 30_000));
  },
);

test('an answer that is too long is not from a hub, and is counted', async () => {
  const { result, limits } = await post(() => new Response(' '.repeat(LIMITS.hub_response.max + 1)));
  expect(result).toEqual(failure('refused', `response longer than 65536 bytes: ${NO_HUB}`, 30_000));
  expect(limits).toEqual(['hub_response']);
});

describe.each([400, 413, 415, 422])('a report that is answered with %d', (status) => {
  const hubError = JSON.stringify({ error: { code: 'invalid_report', message: 'x'.repeat(600) } });

  test('by a hub is never sent again', async () => {
    const { result } = await post(() => new Response(hubError, { status }));
    expect(result).toEqual({ answer: { kind: 'invalid', reason: hubError.slice(0, 500) } });
  });

  test.each(['', '<h1>Bad Request</h1>', 'null', '{"error":"no"}', '{"error":{"code":400}}'])(
    'by a server that says %j reached no hub',
    async (text) => {
      const { result } = await post(() => new Response(text, { status }));
      expect(result).toEqual(failure('refused', NO_HUB, 30_000));
    },
  );
});

test('a proxy in front of a known hub can reject a report in its own words', async () => {
  const answers = [accepted(), new Response('<h1>Too large</h1>', { status: 413 })];
  const client = new HubClient({
    config: { hubUrl: 'http://hub.test', hubKey: undefined, variablePrefix: '' },
    fetch: () => Promise.resolve(answers.shift() ?? accepted()),
    now: () => NOW,
    onLimit: () => undefined,
  });
  const { signal } = new AbortController();
  await client.post('{}', signal);
  const answer = { kind: 'invalid', reason: '<h1>Too large</h1>' };
  expect(await client.post('{}', signal)).toEqual({ answer });
});

test('a hub that refuses the key says so', async () => {
  const { result } = await post(() => new Response(null, { status: 401 }), undefined, 'k');
  const reason = 'the hub requires another key: set MONITORING_API_KEY to its key';
  expect(result).toEqual(failure('refused', reason, 30_000));
});

test('a proxy in front of a command names the variable that it reads', async () => {
  const refused = () => new Response(null, { status: 401 });
  const { result } = await post(refused, undefined, undefined, 'MCP_EXPORTER_');
  const reason = 'the hub requires a key: set MCP_EXPORTER_MONITORING_API_KEY';
  expect(result).toEqual(failure('refused', reason, 30_000));
});

test('a server that does not speak HTTP is not a hub', async () => {
  const error = Object.assign(new Error('Parse Error: Expected HTTP/'), { code: 'HPE_INVALID_CONSTANT' });
  expect((await post(() => Promise.reject(error))).result).toEqual(failure('refused', NO_HUB, 30_000));
});

test.each([
  [401, 'the hub requires a key: set MONITORING_API_KEY'],
  [403, 'the hub does not allow this host: see its MONITORING_ALLOWED_HOSTS'],
  [404, NO_HUB],
  [201, NO_HUB],
  [307, NO_HUB],
  [428, NO_HUB],
  [499, NO_HUB],
])('a hub that answers with %d refuses reports: %s', async (status, reason) => {
  expect((await post(() => new Response(null, { status }))).result).toEqual(
    failure('refused', reason, 30_000),
  );
});

test.each([
  [429, 'busy', undefined, 0],
  [429, 'busy', '7', 7000],
  [429, 'busy', '61', 60_000],
  [429, 'busy', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  [500, 'unreachable', undefined, 0],
  [503, 'unreachable', '5', 5000],
])(
  'a hub that answers with %d is %s, and Retry-After %s means %d ms',
  async (status, kind, after, waitMs) => {
    const headers = after === undefined ? undefined : { 'retry-after': after };
    const { result } = await post(() => new Response('x', { status, ...(headers && { headers }) }));
    expect(result).toEqual(failure(kind, `HTTP status ${status}`, waitMs));
  },
);

test.each([
  ['its message', new Error('connect ECONNREFUSED'), 'connect ECONNREFUSED'],
  ['the message of its cause', new TypeError('fetch failed', { cause: new Error('ENOTFOUND') }), 'ENOTFOUND'],
  ['its message if its cause is no error', new TypeError('failed', { cause: 'why' }), 'failed'],
  ['a reason of its own without a message', new Error(), 'no connection'],
])('an attempt that fails has %s', async (_, error, reason) => {
  expect((await post(() => Promise.reject(error))).result).toEqual(failure('unreachable', reason, 0));
});

test('a response that breaks off is a failure', async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error('aborted')) });
  expect((await post(() => new Response(body))).result).toEqual(failure('unreachable', 'aborted', 0));
});
