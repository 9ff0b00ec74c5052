import { expect, test } from 'vitest';

import { InFlightRequests, type TrackedRequest } from '../../../src/monitor/in-flight-requests.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';

function create(max?: number) {
  const limits: string[] = [];
  const stopped: unknown[] = [];
  const requests = new InFlightRequests((limit) => limits.push(limit), max);
  const request = (): TrackedRequest => ({ stopTracking: (itself) => stopped.push(itself) });
  return { requests, limits, stopped, request };
}

test('a request beyond the maximum makes the oldest one unfollowed, and is counted', () => {
  const { requests, limits, stopped, request } = create(2);
  const [a, b, c, d] = [request(), request(), request(), request()] as const;
  requests.add(a);
  requests.add(b);
  expect([requests.size, limits, stopped]).toEqual([2, [], []]);
  requests.add(c);
  expect([requests.size, limits]).toEqual([2, ['requests_total']]);
  expect(stopped[0]).toBe(a);
  requests.remove(b);
  requests.add(d);
  expect([requests.size, stopped.length]).toEqual([2, 1]);
  requests.add(request());
  expect(stopped[1]).toBe(c);
});

test('by default, as many requests are followed as the limit says', () => {
  const { requests, stopped, request } = create();
  for (let i = 0; i < LIMITS.requests_total.max; i++) requests.add(request());
  expect(stopped).toEqual([]);
  requests.add(request());
  expect(stopped).toHaveLength(1);
});
