import { createParser } from 'eventsource-parser';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { EndpointRewriter } from '../../../../src/mcp/http/endpoint-rewriter.ts';

const OWN = '/mcp/token';

function rewrite(chunks: readonly (string | Buffer)[]) {
  const seen: string[] = [];
  const rewriter = new EndpointRewriter((endpoint) => {
    seen.push(endpoint);
    return endpoint.startsWith('http') ? null : OWN;
  });
  const out = chunks.map((chunk) => rewriter.push(Buffer.from(chunk)));
  return { text: Buffer.concat([...out, rewriter.end()]).toString(), seen, out };
}

/** The events that a client reads, which drops a byte order mark as it decodes the stream. */
function eventsOf(text: string) {
  const events: { event?: string | undefined; data: string }[] = [];
  const decoded = text.replace(/^\ufeff/, '');
  createParser({ onEvent: ({ event, data }) => events.push({ event, data }) }).feed(decoded);
  return events;
}

describe('the address of an endpoint event is replaced', () => {
  test.each([
    ['with LF', 'event: endpoint\ndata: /metrics\n\n', `event: endpoint\ndata: ${OWN}\n\n`],
    ['with CRLF', 'event: endpoint\r\ndata: /metrics\r\n\r\n', `event: endpoint\r\ndata: ${OWN}\r\n\r\n`],
    ['with CR', 'event: endpoint\rdata: /metrics\r\r', `event: endpoint\rdata: ${OWN}\r\r`],
    ['without spaces', 'event:endpoint\ndata:/metrics\n\n', `event:endpoint\ndata: ${OWN}\n\n`],
    ['when the data comes first', 'data: /x\nevent: endpoint\n\n', `data: ${OWN}\nevent: endpoint\n\n`],
    [
      'after a byte order mark',
      '\ufeffevent: endpoint\ndata: /x\n\n',
      `\ufeffevent: endpoint\ndata: ${OWN}\n\n`,
    ],
    [
      'data first, after a mark',
      '\ufeffdata: /x\nevent: endpoint\n\n',
      `\ufeffdata: ${OWN}\nevent: endpoint\n\n`,
    ],
    [
      'when a later type overrides',
      'event: message\nevent: endpoint\ndata: /\n\n',
      `event: message\nevent: endpoint\ndata: ${OWN}\n\n`,
    ],
    [
      'in several lines',
      'event: endpoint\ndata: /met\ndata: rics\nid: 1\n\n',
      `event: endpoint\ndata: ${OWN}\nid: 1\n\n`,
    ],
    [
      'after other events',
      ': hi\n\ndata: 1\n\nevent: endpoint\ndata: /\n\n',
      `: hi\n\ndata: 1\n\nevent: endpoint\ndata: ${OWN}\n\n`,
    ],
    ['with spaces after the type', 'event: endpoint \ndata: /x\n\n', `event: endpoint \ndata: ${OWN}\n\n`],
  ])('the address of an endpoint event is replaced: %s', (_title, text, expected) => {
    expect(rewrite([text]).text).toBe(expected);
    // In every possible pair of chunks, and byte by byte.
    const bytes = Buffer.from(text);
    for (let i = 0; i <= bytes.length; i++) {
      expect(rewrite([bytes.subarray(0, i), bytes.subarray(i)]).text).toBe(expected);
    }
    expect(rewrite([...bytes].map((byte) => Buffer.of(byte))).text).toBe(expected);
  });

  test('an address over several lines is replaced as a client reads it, joined', () => {
    expect(rewrite(['event: endpoint\ndata: /met\ndata:  rics\n\n']).seen).toEqual(['/met\n rics']);
  });
});

describe('other bytes are passed on as they came', () => {
  test.each([
    'event: message\ndata: {"endpoint": "/metrics"}\n\n',
    'event: endpoint\nevent: message\ndata: /metrics\n\n',
    'event: endpoints\ndata: /metrics\n\n',
    'event: endpoint\n\n',
    'event: endpoint\ndata: http://elsewhere/\n\n',
    ': endpoint\n\n',
    '\n\r\n\r\r\n\n',
    'event: endpoint\ndata: never complete',
  ])('bytes of another event are passed on as they came: %j', (text) => {
    expect(rewrite([text]).text).toBe(text);
  });

  test('bytes that are not UTF-8 are passed on as they came, around an address that is replaced', () => {
    const rewriter = new EndpointRewriter(() => OWN);
    const before = Buffer.from([0x3a, 0xff, 0xfe, 0x0a]);
    const out = rewriter.push(Buffer.concat([before, Buffer.from('event: endpoint\ndata: /ü\n\n')]));
    expect(out).toEqual(Buffer.concat([before, Buffer.from(`event: endpoint\ndata: ${OWN}\n\n`)]));
  });

  test('an event is passed on as soon as it is complete, also if its last line end may go on', () => {
    const { out } = rewrite(['data: 1\r\n', '\r', '\n', 'data: 2\n\n']);
    expect(out.map(String)).toEqual(['', 'data: 1\r\n\r', '\n', 'data: 2\n\n']);
  });

  test('an event a hundred times as long as is held is passed on in parts, and the next one is seen', () => {
    const part = 'x'.repeat(64 * 1024);
    const rewriter = new EndpointRewriter(() => OWN);
    rewriter.push(Buffer.from('data: '));
    for (let i = 0; i < 100; i++) {
      const passed = rewriter.push(Buffer.from(part)).length;
      expect(passed).toBeGreaterThanOrEqual(part.length);
    }
    expect(rewriter.push(Buffer.from('\nid: 1\n\nevent: endpoint\ndata: /\n\n')).toString()).toBe(
      `\nid: 1\n\nevent: endpoint\ndata: ${OWN}\n\n`,
    );
  });

  const COMMENT = `: ${'x'.repeat(70 * 1024)}\n`;
  const ENDPOINTS = new Set(['/x', OWN]);
  test.each([
    ['before the long line', `event: endpoint\ndata: /x\n${COMMENT}\n`],
    ['after the long line', `data: /x\n${COMMENT}event: endpoint\n\n`],
    ['around the long line', `event: message\rdata: /x\r${COMMENT}event:endpoint\r\n\r\n`],
    ['last, before a CR and a LF of its own', `data: /x\r${COMMENT}event: endpoint\r\revent: endpoint \n\n`],
    ['first in the stream, after a byte order mark', `\ufeffevent: endpoint\ndata: /x\n${COMMENT}\n`],
  ])(
    'an event that is too long to be rewritten is not an endpoint event for a client: type %s',
    (_title, text) => {
      const next = `event: endpoint\ndata: /x\n\n`;
      const bytes = Buffer.from(text + next);
      for (const size of [1, 7, 1000, bytes.length]) {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        const { text: passed } = rewrite(chunks);
        expect(Buffer.byteLength(passed.replaceAll(/^:(?=\ufeff?event)/gm, ''))).toBe(
          bytes.length + OWN.length - 2,
        );
        const events = eventsOf(passed).filter(({ data }) => ENDPOINTS.has(data));
        expect(events).toEqual([
          { event: text.includes('message') ? 'message' : undefined, data: '/x' },
          { event: 'endpoint', data: OWN },
        ]);
      }
    },
  );

  test('other lines of an event that is too long to be rewritten are passed on as they came', () => {
    const text = `event: endpoints\nid: event: endpoint\n${COMMENT}:event: endpoint\nevent: ${'e'.repeat(2000)}event: endpoint`;
    const bytes = Buffer.from(text);
    for (const size of [1, 7, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(rewrite(chunks).text).toBe(text);
    }
    // Also if the stream ends within a line that may set the type.
    expect(rewrite([`${COMMENT}event: endp`]).text).toBe(`${COMMENT}event: endp`);
  });

  test.each([
    ['data after the type', 'data\nevent: endpoint\rdata\n\n'],
    // The CR of the first line and the LF of the empty one would become one line end, and the event would not end.
    ['the second of two lines of data, after a CR', 'event: endpoint\ndata: /x\rdata: /x\n\n'],
    ['two lines of data, after a CR', 'event: endpoint\rdata: /x\rdata: /x\rdata: /x\n\n'],
  ])('a removed line does not join the line ends around it: %s', (_title, text) => {
    expect(eventsOf(rewrite([text]).text)).toEqual([{ event: 'endpoint', data: OWN }]);
  });

  test('a byte order mark after the start of the stream hides neither a type nor an address', () => {
    // For a client, the marked lines are of unknown fields.
    const event = 'event: endpoint\n\ufeffevent: message\n\ufeffdata: /y\ndata: /x\n\n';
    for (const before of ['', ': c\n', '\n', 'data: 1\n\n']) {
      expect(eventsOf(rewrite([before + event]).text).at(-1)).toEqual({ event: 'endpoint', data: OWN });
    }
  });

  test('whatever the stream and its chunks are, a client reads the same events, with our address', () => {
    const line = fc.constantFrom(
      'event: endpoint',
      'event: message',
      'data: /x',
      'data:',
      'id: 1',
      ': c',
      'data',
      '\ufeffevent: message',
      '\ufeffdata: /x',
      '',
      '',
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    // Random lines alone seldom make an endpoint event with several lines of data.
    const endpoint = fc
      .tuple(fc.array(line, { maxLength: 4 }), fc.array(end, { minLength: 6, maxLength: 6 }))
      .map(([more, ends]) =>
        ['event: endpoint', ...more, ''].map((content, i) => [content, ends[i]] as const),
      );
    const lines = fc
      .array(
        fc.oneof(
          fc.tuple(line, end).map((one) => [one]),
          endpoint,
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.flat());
    fc.assert(
      fc.property(lines, fc.array(fc.nat(200), { maxLength: 10 }), (all, cuts) => {
        const text = all.map(([content, end]) => content + end).join('');
        const points = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
        const chunks = points.slice(1).map((point, i) => text.slice(points[i], point));
        const expected = eventsOf(text).map(({ event, data }) =>
          event === 'endpoint' ? { event, data: OWN } : { event, data },
        );
        expect(eventsOf(rewrite(chunks).text)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
