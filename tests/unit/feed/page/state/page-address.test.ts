import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  operationAddress,
  operationHref,
  feedUrl,
  NO_FILTER,
  pageSearch,
  parsePageAddress,
  type PageAddress,
} from '../../../../../src/feed/page/state/page-address.ts';
import { OUTCOME_NAMES } from '../../../../../src/monitor/outcomes.ts';
import { START_MS } from '../feed-messages.ts';

const LIVE: PageAddress = { view: 'live', filter: NO_FILTER };

const text = fc.string({ minLength: 1, unit: 'grapheme' });
const optional = fc.option(text);
const address: fc.Arbitrary<PageAddress> = fc.oneof(
  fc.record({
    view: fc.constant('live' as const),
    filter: fc.record({
      text: optional,
      name: optional,
      status: fc.option(fc.constantFrom(...OUTCOME_NAMES)),
      server: optional,
      session: optional,
    }),
  }),
  fc.record({ view: fc.constantFrom('operations' as const, 'sessions' as const) }),
  fc.record({ view: fc.constant('session' as const), sessionId: text }),
  fc.record({
    view: fc.constant('operation' as const),
    operation: fc.record({ id: text, sessionId: optional, startTime: optional }),
  }),
);

describe('the page’s address', () => {
  it('opens the live view, with what is filtered by', () => {
    expect(parsePageAddress('')).toEqual(LIVE);
    expect(parsePageAddress('?text=no%20file&name=scan&status=failed&server=files&session=a%20b')).toEqual({
      view: 'live',
      filter: { text: 'no file', name: 'scan', status: 'failed', server: 'files', session: 'a b' },
    });
  });

  it.each(['?text=&session=', '?status=whatever', '?status=running', '?view=unheard-of', '?view=session'])(
    'opens all of the live view with %s, which says nothing',
    (search) => {
      expect(parsePageAddress(search)).toEqual(LIVE);
    },
  );

  it('leads to the lists, and to one session', () => {
    expect(parsePageAddress('?view=operations')).toEqual({ view: 'operations' });
    expect(parsePageAddress('?view=sessions')).toEqual({ view: 'sessions' });
    expect(parsePageAddress('?view=session&session=a')).toEqual({ view: 'session', sessionId: 'a' });
  });

  it('leads to one operation, in a session and of a time where that is said', () => {
    expect(parsePageAddress('?operation=a%2Fb')).toEqual({
      view: 'operation',
      operation: { id: 'a/b', sessionId: null, startTime: null },
    });
    expect(parsePageAddress('?operation=a&session=s&start=2026-08-01T12:00:00.000Z')).toEqual({
      view: 'operation',
      operation: { id: 'a', sessionId: 's', startTime: '2026-08-01T12:00:00.000Z' },
    });
  });

  it('is empty for the page as it opens', () => {
    expect(pageSearch(LIVE)).toBe('');
  });

  it('is read as it was written, whatever the names are', () => {
    fc.assert(
      fc.property(address, (given) => {
        expect(parsePageAddress(pageSearch(given))).toEqual(given);
      }),
    );
  });
});

describe('a link to an operation', () => {
  it('has a random id alone', () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    expect(operationHref({ id, sessionId: 's', startedAtMs: START_MS })).toBe(`?operation=${id}`);
  });

  it('has the session and the start with an id that may be used again', () => {
    const href = operationHref({ id: 'build', sessionId: 's', startedAtMs: START_MS });
    expect(href).toBe('?operation=build&session=s&start=2026-08-01T12%3A00%3A00.000Z');
    expect(operationHref({ id: 'build', sessionId: 's', startedAtMs: null })).toBe(
      '?operation=build&session=s',
    );
  });

  it('leads to where it says', () => {
    const operation = { id: 'a b&c', sessionId: 'x=y', startedAtMs: START_MS };
    expect(parsePageAddress(operationHref(operation))).toEqual(operationAddress(operation));
  });
});

describe('the feed’s address', () => {
  it.each([
    ['http://localhost:3001/?session=a#x', 'ws://localhost:3001/ws'],
    ['https://example.org/tools/exporter/?operation=scan', 'wss://example.org/tools/exporter/ws'],
    ['https://example.org/tools/index.html', 'wss://example.org/tools/ws'],
  ])('beside %s is %s', (pageUrl, url) => {
    expect(feedUrl(pageUrl).href).toBe(url);
  });
});
