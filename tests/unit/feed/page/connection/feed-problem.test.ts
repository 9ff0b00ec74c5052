import { describe, expect, it } from 'vitest';

import { findFeedProblem } from '../../../../../src/feed/page/connection/feed-problem.ts';

/** An error as the exporter sends it. */
function errorOf(status: number, code: string, message = code): Response {
  return Response.json({ error: { code, message } }, { status });
}

const answers = () => Response.json({ feed: {} });
const html = (status: number): Response => new Response('<h1>Sign in</h1>', { status });
const redirect = { type: 'opaqueredirect', status: 0, ok: false, json: () => Promise.reject(new Error()) };

describe('why the feed does not open', () => {
  it.each([
    ['nobody answers', null, { kind: 'unreachable' }],
    ['the exporter requires a key', errorOf(401, 'unauthorized'), { kind: 'key_needed' }],
    ['the exporter throttles', errorOf(429, 'too_many_attempts'), { kind: 'throttled' }],
    [
      'the exporter refuses the host',
      errorOf(403, 'forbidden_host', 'set HOSTS'),
      { kind: 'refused', message: 'set HOSTS' },
    ],
    ['a proxy answers 401', html(401), { kind: 'signed_out' }],
    [
      'a proxy answers 401 with its own JSON',
      Response.json({ error: 'no session' }, { status: 401 }),
      { kind: 'signed_out' },
    ],
    ['a proxy answers 403', html(403), { kind: 'signed_out' }],
    ['a proxy shows its sign-in page', html(200), { kind: 'signed_out' }],
    ['a proxy redirects to its sign-in', redirect as unknown as Response, { kind: 'signed_out' }],
    ['a proxy does not reach the exporter', html(502), { kind: 'other_answer', status: 502 }],
  ] as const)('is found if %s', async (_, response, problem) => {
    expect(await findFeedProblem(() => Promise.resolve(response))).toEqual(problem);
  });

  it('is a refused origin, which a browser sends only with a POST', async () => {
    const refusal = errorOf(403, 'forbidden_origin', 'add it to ORIGINS');
    const problem = await findFeedProblem((method) =>
      Promise.resolve(method === 'POST' ? refusal : answers()),
    );
    expect(problem).toEqual({ kind: 'refused', message: 'add it to ORIGINS' });
  });

  it.each([
    ['knows no such POST', errorOf(404, 'unknown_route')],
    ['sits behind a proxy that allows no POST', html(405)],
  ])('is a block if the API answers and %s', async (_, response) => {
    const problem = await findFeedProblem((method) =>
      Promise.resolve(method === 'POST' ? response : answers()),
    );
    expect(problem).toEqual({ kind: 'blocked' });
  });
});
