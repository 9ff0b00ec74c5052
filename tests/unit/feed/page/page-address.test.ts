import { describe, expect, it } from 'vitest';

import { feedUrl, pageSearch, parsePageAddress } from '../../../../src/feed/page/page-address.ts';

describe('the page’s address', () => {
  it('names the session and the operation to show', () => {
    expect(parsePageAddress('?session=a%20b&operation=scan&status=failed')).toEqual({
      sessionId: 'a b',
      operationName: 'scan',
      status: 'failed',
    });
    const nothing = { sessionId: null, operationName: null, status: null };
    expect(parsePageAddress('?session=&status=whatever')).toEqual(nothing);
  });

  it('is written back as it was read, and leaves other parameters alone', () => {
    const search = pageSearch('?theme=x&session=old&operation=scan', {
      sessionId: 'ä&b',
      operationName: null,
      status: null,
    });
    expect(search).toBe('?theme=x&session=%C3%A4%26b');
    expect(parsePageAddress(search)).toMatchObject({ sessionId: 'ä&b', operationName: null });
    expect(
      pageSearch('?session=old&status=failed', { sessionId: null, operationName: null, status: null }),
    ).toBe('');
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
