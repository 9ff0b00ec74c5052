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

function eventsOf(text: string) {
  const events: { event?: string | undefined; data: string }[] = [];
  createParser({ onEvent: ({ event, data }) => events.push({ event, data }) }).feed(text);
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
    expect(rewriter.push(Buffer.from('\nevent: endpoint\n\nevent: endpoint\ndata: /\n\n')).toString()).toBe(
      `\nevent: endpoint\n\nevent: endpoint\ndata: ${OWN}\n\n`,
    );
  });

  test('a line that is left out does not join the line ends around it', () => {
    const text = 'data\nevent: endpoint\rdata\n\n';
    expect(eventsOf(rewrite([text]).text)).toEqual([{ event: 'endpoint', data: OWN }]);
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
      '',
      '',
    );
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(200), { maxLength: 10 }), (all, cuts) => {
        // A CR before a LF of an empty line would be another line end.
        const text = all.map(([content, end]) => content + end).join('');
        const points = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
        const chunks = points.slice(1).map((point, i) => text.slice(points[i], point));
        const expected = eventsOf(text).map(({ event, data }) =>
          event === 'endpoint' ? { event, data: OWN } : { event, data },
        );
        expect(eventsOf(rewrite(chunks).text)).toEqual(expected);
      }),
    );
  });
});
