import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { stringifyExact } from '../../../../src/mcp/wire/exact-ids.ts';
import { readMessage, type JsonRpcMessage } from '../../../../src/mcp/wire/json-rpc.ts';
import { LineReader } from '../../../../src/mcp/wire/line-reader.ts';
import { readMessages } from '../../../../src/mcp/wire/message-reader.ts';
import {
  progressTokenOf,
  protocolVersionOf,
  toolErrorText,
  traceOf,
} from '../../../../src/mcp/wire/request-meta.ts';
import { wireTextOf, wireTextOfChunks, type WireText } from '../../../../src/mcp/wire/wire-text.ts';

type Members = Readonly<Record<string, unknown>>;

/** What the traffic observer asks of a message: all of it must be as if the text had been parsed. */
function facts(message: JsonRpcMessage | null | undefined): unknown {
  if (!message) return null;
  if (message.kind === 'result') return { ...message, result: resultFacts(message.result) };
  if (message.kind === 'error') return { ...message, message: message.message.slice(0, 500) };
  return { ...message, params: paramsFacts(message.method, message.params) };
}

/** The facts of a text that is parsed as a whole: those of its one message, if it is one. */
function parsedFacts(raw: string): unknown[] {
  const message = readMessage(JSON.parse(raw));
  return message ? [facts(message)] : [];
}

function paramsFacts(method: string, params: Members): unknown {
  const meta = [progressTokenOf(params), protocolVersionOf(params), traceOf(params)];
  if (method === 'tools/call' || method === 'prompts/get') return { meta, name: params['name'] };
  if (method === 'sampling/createMessage' || method === 'notifications/message') return { meta };
  return { meta, params };
}

function resultFacts(result: Members): unknown {
  const { isError, resultType, tools, prompts, serverInfo, protocolVersion, task, taskId, status } = result;
  const failure = isError === true ? toolErrorText(result).slice(0, 500) : null;
  return { isError, resultType, tools, prompts, serverInfo, protocolVersion, task, taskId, status, failure };
}

/** What a reader that looks for the wrong thing would stumble on. */
const TRAPS = [
  '"isError":true',
  '"id":7',
  '"_meta":{}',
  '{"result":{',
  '"}],',
  '}}',
  ']',
  '"',
  '\\',
  '\\"',
  '\n',
];
const piece = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.constantFrom('é', '漢', '😀', '\ud83d', '\u0000', ' ', 'Error"', 'plain words '),
  fc.string(),
);
const text = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 20 }), fc.constantFrom(1, 1, 3, 100, 1500))
  .map(([pieces, times]) => pieces.join('').repeat(times).slice(0, 200_000));
const trap = fc.constantFrom<unknown>(
  { id: 9, isError: true, resultType: 'input_required', _meta: { progressToken: 5 }, name: 'deep' },
  [[], {}, [{ isError: false }]],
  { method: 'tools/call', params: { name: 'deep' }, result: {}, error: { code: 1 } },
  1e300,
  null,
);
const bulk = fc.oneof(
  text,
  fc.array(fc.oneof(text, trap), { maxLength: 8 }),
  fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('id', 'isError', '_meta', '__proto__')), trap),
  fc
    .tuple(trap, fc.constantFrom(1, 30, 400))
    .map(([value, times]) => Array.from({ length: times }, () => value)),
);
const id = fc.oneof(fc.constantFrom<string | number>(0, -1, 1.5, '', '0', 'a"b\\'), fc.nat(), fc.uuid());
const name = fc.oneof(fc.constantFrom('add', 'a"b', 'naïve\\'), text);
const meta = fc.record(
  {
    progressToken: id,
    traceparent: fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    'io.modelcontextprotocol/protocolVersion': fc.constant('2026-07-28'),
    'example.com/extra': bulk,
  },
  { requiredKeys: [] },
);
const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('image'), data: text, annotations: trap }, { requiredKeys: ['type'] }),
);
const content = fc.array(block, { maxLength: 5 });
const optional = { requiredKeys: [] };

const request = (method: string, params: fc.Arbitrary<unknown>) =>
  fc.record({ jsonrpc: fc.constant('2.0'), id, method: fc.constant(method), params });
const notification = (method: string, params: fc.Arbitrary<unknown>) =>
  fc.record({ jsonrpc: fc.constant('2.0'), method: fc.constant(method), params });
const response = (result: fc.Arbitrary<unknown>) => fc.record({ jsonrpc: fc.constant('2.0'), id, result });

const toolCall = fc.record({ name, arguments: bulk, _meta: meta, task: trap }, { requiredKeys: ['name'] });
const toolResult = fc.record(
  {
    content,
    isError: fc.boolean(),
    structuredContent: bulk,
    _meta: meta,
    resultType: fc.constantFrom('complete', 'input_required'),
    extra: bulk,
  },
  optional,
);
const named = fc.array(fc.record({ name, description: text, inputSchema: trap }), { maxLength: 20 });
const task = fc.record({
  taskId: name,
  status: fc.constantFrom('working', 'completed'),
  statusMessage: text,
});
const info = fc.record({ name, version: fc.constant('1.0') });

const message = fc.oneof(
  request('tools/call', toolCall),
  request('tools/call', fc.record({ arguments: bulk, _meta: meta }, optional)),
  request('prompts/get', toolCall),
  request('sampling/createMessage', fc.record({ messages: bulk, _meta: meta }, optional)),
  request('resources/subscribe', fc.record({ uri: text, _meta: meta }, optional)),
  request('initialize', fc.record({ protocolVersion: fc.constant('2025-11-25'), capabilities: bulk })),
  notification(
    'notifications/message',
    fc.record({ level: fc.constant('info'), data: bulk, _meta: meta }, optional),
  ),
  notification('notifications/progress', fc.record({ progressToken: id, progress: fc.nat(), message: text })),
  notification('notifications/cancelled', fc.record({ requestId: id, reason: text })),
  notification('notifications/tasks/status', task),
  response(toolResult),
  response(toolResult),
  response(fc.record({ tools: named, nextCursor: text, _meta: meta }, optional)),
  response(fc.record({ prompts: named, nextCursor: text, _meta: meta }, optional)),
  response(fc.record({ contents: bulk, resultType: fc.constant('complete'), _meta: meta }, optional)),
  response(
    fc.record({ serverInfo: info, protocolVersion: text, instructions: text, capabilities: trap }, optional),
  ),
  response(fc.record({ task, _meta: meta }, optional)),
  response(task),
  response(bulk),
  fc.record({
    jsonrpc: fc.constant('2.0'),
    id,
    error: fc.record({ code: fc.integer(), message: text, data: bulk }),
  }),
  fc.record({ id: fc.oneof(id, trap), result: bulk, extra: bulk }, optional),
);

/** Writes its first two levels in any order and with any space, as JSON may. */
function write(value: unknown, order: readonly number[], space: string, depth = 0): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (depth === 2 || !isObject) return JSON.stringify(value, null, space.length);
  const members = Object.entries(value).map(([key, member], i) => ({
    rank: order[(i + depth) % order.length] ?? 0,
    json: `${JSON.stringify(key)}${space}:${space}${write(member, order, space, depth + 1)}`,
  }));
  const sorted = members.toSorted((a, b) => a.rank - b.rank).map(({ json }) => json);
  return `${space}{${space}${sorted.join(`${space},${space}`)}${space}}${space}`;
}

const written = fc
  .tuple(
    message,
    fc.array(fc.nat(), { minLength: 7, maxLength: 7 }),
    fc.constantFrom('', '', ' ', '\t', '\r\n', ' '.repeat(900)),
  )
  .map(([value, order, space]) => write(value, order, space));

/** A text of which nobody may ask for the whole. */
function endsOnly(raw: string | Buffer): WireText {
  const { sizeBytes, head, tail } = typeof raw === 'string' ? wireTextOf(raw) : wireTextOfChunks([raw]);
  const parsed = () => {
    throw new Error('it was parsed as a whole');
  };
  return { sizeBytes, head, tail, includes: (needle) => raw.includes(needle), isCut: false, text: parsed };
}

function lineOf(raw: string, chunkLength: number, maxKeptBytes?: number): WireText | undefined {
  let text: WireText | undefined;
  const reader = new LineReader((line) => (text = line), maxKeptBytes === undefined ? {} : { maxKeptBytes });
  const bytes = Buffer.from(raw);
  for (let at = 0; at < bytes.length; at += chunkLength) reader.push(bytes.subarray(at, at + chunkLength));
  reader.end();
  return text;
}

const readOf = (text: WireText) => readMessages(text, { onLimit: () => undefined });
const isNotJson = (text: WireText) => readOf(text).problem === 'not_json';
const factsOf = (text: WireText) => readOf(text).messages.map(facts);
const contentOf = (message: JsonRpcMessage | null | undefined) =>
  message?.kind === 'result' ? String(message.result['content']) : '';

describe('a message', () => {
  test('a message is read as if it had been parsed, as a string, a body or a line', () => {
    fc.assert(
      fc.property(written, (raw) => {
        const expected = parsedFacts(raw);
        const texts = [wireTextOf(raw), wireTextOfChunks([Buffer.from(raw)])];
        if (!raw.includes('\n')) texts.push(lineOf(raw, 3000) ?? wireTextOf(''));
        for (const text of texts) expect(factsOf(text)).toEqual(expected);
      }),
      { numRuns: 1500 },
    );
  });

  test.each(['\\u00e9', '\\n', '\\"', '\\\\', '\\\\\\"', '\\ud83d\\ude00', '😀'])(
    'a message is read right wherever the ends of a long text cut %s in two',
    (escaped) => {
      for (let pad = 0; pad < 16; pad++) {
        const text = `${'x'.repeat(pad)}${escaped.repeat(6000)}${'x'.repeat(pad % 5)}`;
        const raw = `{"jsonrpc":"2.0","result":{"content":"${text}","isError":false},"id":3}`;
        for (const wireText of [endsOnly(raw), endsOnly(Buffer.from(raw))]) {
          const [read] = readOf(wireText).messages;
          expect([facts(read)]).toEqual(parsedFacts(raw));
          expect(contentOf(read).length).toBeGreaterThan(150);
          expect(contentOf(readMessage(JSON.parse(raw))).startsWith(contentOf(read))).toBe(true);
        }
      }
    },
  );

  test('a batch is several messages', () => {
    const batch = [
      { jsonrpc: '2.0', method: 'ping', id: 1 },
      { jsonrpc: '2.0', id: 2, result: { content: 'x'.repeat(20_000) } },
    ];
    expect(readOf(wireTextOf(JSON.stringify(batch)))).toEqual({
      messages: batch.map(readMessage),
      sizeBytes: undefined,
      problem: null,
      skipped: 0,
    });
    expect(readOf(wireTextOf('[]'))).toMatchObject({ messages: [], problem: null });
  });
});

describe('a log line', () => {
  const pad = 'x'.repeat(20_000);
  test.each<[string, Members]>([
    ['of requests', { level: 'info', method: 'GET', id: 7, path: '/' }],
    ['of a job', { id: 1, result: { ok: true } }],
    ['of an error', { id: 1, error: { code: 5, message: 'no' } }],
    ['of another protocol', { jsonrpc: '1.0', id: 1, result: {} }],
    ['with a number as version', { jsonrpc: 2, id: 1, result: {} }],
  ])('%s is not a message, short or long', (_, line) => {
    for (const members of [line, { ...line, pad }, { pad, ...line }]) {
      expect(readOf(wireTextOf(JSON.stringify(members)))).toMatchObject({ messages: [], problem: null });
    }
  });

  test('does not hide the messages of a batch', () => {
    const batch = [
      { id: 1, result: {} },
      { jsonrpc: '2.0', id: 2, result: {} },
    ];
    expect(readOf(wireTextOf(JSON.stringify(batch))).messages).toMatchObject([{ id: 2 }]);
  });
});

describe('a byte order mark', () => {
  const long = 'x'.repeat(20_000);
  test.each<[string, Members]>([
    ['a message', { jsonrpc: '2.0', id: 1, result: {} }],
    ['a long message', { jsonrpc: '2.0', id: 1, result: { content: long } }],
  ])('before %s is skipped', (_, message) => {
    const raw = `\uFEFF${JSON.stringify(message)}`;
    for (const text of [wireTextOf(raw), wireTextOfChunks([Buffer.from(raw)])]) {
      expect(readOf(text)).toMatchObject({ messages: [{ kind: 'result', id: 1 }], problem: null });
    }
    expect(readOf(lineOf(raw, 1) ?? wireTextOf('')).messages).toHaveLength(1);
    expect(readOf(lineOf(`${raw}\r\n`, 1000, 2000) ?? wireTextOf('')).messages).toHaveLength(1);
  });

  test('before a batch is skipped, and two are not', () => {
    expect(readOf(wireTextOf('\uFEFF[{"jsonrpc":"2.0","method":"ping","id":1}]')).messages).toHaveLength(1);
    expect(isNotJson(wireTextOf('\uFEFF\uFEFF{"jsonrpc":"2.0","method":"ping","id":1}'))).toBe(true);
  });

  test('before a long message does not make it parsed as a whole', () => {
    const raw = `\uFEFF${JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: long } })}`;
    expect(factsOf(endsOnly(raw))).toMatchObject([{ id: 1 }]);
  });
});

describe('integers above 2^53', () => {
  const [one, two] = ['9007199254740992', '9007199254740993'];

  test.each([
    ['the id of a request', (n: string) => `{"jsonrpc":"2.0","id":${n},"method":"ping"}`],
    ['the id of a result', (n: string) => `{"jsonrpc":"2.0","id" : ${n} ,"result":{}}`],
    ['a negative id', (n: string) => `{"jsonrpc":"2.0","result":{},"id":-${n}}`],
    ['the id of an error', (n: string) => `{"jsonrpc":"2.0","error":{"code":1},"id":\t${n}\n}`],
    [
      'the id of a long result',
      (n: string) => `{"jsonrpc":"2.0","result":{"content":"${'x'.repeat(20_000)}"},"id":${n}}`,
    ],
    ['an id in a batch', (n: string) => `[{"jsonrpc":"2.0","id":${n},"method":"ping"}]`],
  ])('stay distinct as %s', (_, write) => {
    const idOf = (n: string) => {
      const [message] = readOf(wireTextOf(write(n))).messages;
      return message && 'id' in message ? message.id : undefined;
    };
    expect(String(idOf(one)).replace('-', '')).toBe(one);
    expect(String(idOf(two)).replace('-', '')).toBe(two);
    expect(idOf('12')).toBe(write('12').includes('-12') ? -12 : 12);
  });

  test.each([
    [
      'progress tokens',
      (n: string) => `{"jsonrpc":"2.0","method":"p","params":{"progressToken":${n}}}`,
      'progressToken',
    ],
    [
      'ids of cancelled requests',
      (n: string) => `{"jsonrpc":"2.0","method":"p","params":{"requestId":${n}}}`,
      'requestId',
    ],
  ])('stay distinct as %s', (_, write, name) => {
    const [message] = readOf(wireTextOf(write(two))).messages;
    expect(message).toMatchObject({ params: { [name]: BigInt(two) } });
  });

  test('stay distinct as tokens of requests, and change no argument', () => {
    const raw = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"id":${two},"text":"\\"id\\":${two}"},"_meta":{"progressToken":${two}}}}`;
    const [message] = readOf(wireTextOf(raw)).messages;
    const params = message?.kind === 'request' ? message.params : {};
    expect(progressTokenOf(params)).toBe(BigInt(two));
    expect(params['arguments']).toEqual({ id: Number(two), text: `"id":${two}` });
  });

  test('are written as they came', () => {
    const ids = [BigInt(two), 7, 'a', '9', null];
    expect(stringifyExact(ids)).toBe(`[${two},7,"a","9",null]`);
  });
});

describe('a long message is read by its ends alone', () => {
  const long = 'a "quoted" line\n'.repeat(6000);
  const table = Array.from({ length: 2000 }, (_, i) => ({ id: i, city: 'Brno' }));

  test.each<[string, Members, unknown]>([
    ['a result of text', { id: 1, result: { content: [{ type: 'text', text: long }] } }, {}],
    ['a result of many blocks', { id: 1, result: { content: table, isError: false } }, { isError: false }],
    ['a structured result', { id: 1, result: { content: [], structuredContent: { table } } }, {}],
    ['a resource', { id: 1, result: { contents: [{ uri: 'a:b', text: long }] } }, {}],
    [
      'a failure, with as much of its text as is shown',
      { id: 1, result: { content: [{ type: 'text', text: long }], isError: true } },
      { isError: true, failure: long.slice(0, 500) },
    ],
    ['a result whose id stands last', { result: { content: table }, jsonrpc: '2.0', id: 1 }, {}],
  ])('a long message is read by its ends alone: %s', (_, written, expected) => {
    expect(factsOf(endsOnly(JSON.stringify({ jsonrpc: '2.0', ...written })))).toMatchObject([
      { kind: 'result', id: 1, result: expected },
    ]);
  });

  test('a long tool call is read by its ends alone, with its _meta after its arguments', () => {
    const params = { name: 'load', arguments: { table }, _meta: { progressToken: 0 } };
    const raw = JSON.stringify({ method: 'tools/call', params, jsonrpc: '2.0', id: 4 });
    expect(factsOf(endsOnly(raw))).toMatchObject([
      { kind: 'request', id: 4, method: 'tools/call', params: { name: 'load', meta: [0, undefined, null] } },
    ]);
  });
});

describe('a long message is parsed where its ends do not tell', () => {
  const long = '"x": '.repeat(2000);
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' };

  test.each<[string, Members]>([
    [
      'its version, which stands in the middle',
      { id: 7, params: { long }, jsonrpc: '2.0', result: { long } },
    ],
    ['its id, which stands in the middle', { params: { a: long }, id: 7, method: 'ping', result: { long } }],
    [
      'the id of a log message that is none',
      { method: 'notifications/message', params: { long }, id: 7, x: { long } },
    ],
    ['the name of a tool', { ...call, params: { arguments: { long }, name: 'add', more: { long } } }],
    ['all of _meta', { ...call, params: { name: 'add', _meta: { long, progressToken: 3 } } }],
    [
      '_meta between two long members',
      { ...call, params: { name: 'add', a: long, _meta: { progressToken: 3 }, long } },
    ],
    ['which member its end belongs to', { result: [long], id: 1, more: { long } }],
    [
      'isError between two long members',
      { id: 1, result: { content: [long], isError: true, structuredContent: long } },
    ],
    [
      'why a tool failed',
      { id: 1, result: { isError: true, structuredContent: { long }, content: [{ text: long }], long } },
    ],
    [
      'that a list is one',
      { id: 1, result: { _meta: { long }, tools: [{ name: 'add' }], nextCursor: long } },
    ],
  ])('a long message is parsed if its ends do not tell %s', (_, members) => {
    const written = 'jsonrpc' in members ? members : { jsonrpc: '2.0', ...members };
    const raw = JSON.stringify(written);
    expect(() => readOf(endsOnly(raw))).toThrow('it was parsed as a whole');
    expect(readOf(wireTextOf(raw)).messages).toEqual([readMessage(written)].filter(Boolean));
  });

  test('a long message is parsed if its ends do not tell which of two members of one name holds', () => {
    const [first, last] = [{ name: 'one', arguments: { long } }, { name: 'two' }].map((p) =>
      JSON.stringify(p),
    );
    const raw = `{"jsonrpc":"2.0","method":"tools/call","id":1,"params":${first},"more":{"a":1,"b":"${'x'.repeat(9000)}"},"params":${last}}`;
    expect(factsOf(wireTextOf(raw))).toEqual(parsedFacts(raw));
  });
});

describe('a text that was too long to keep', () => {
  const cut = (raw: string) => readOf(lineOf(raw, 1000, 2000) ?? wireTextOf(''));
  const NOT_JSON = { messages: [], sizeBytes: undefined, problem: 'not_json', skipped: 0 };
  const TOO_LARGE = { messages: [], sizeBytes: undefined, problem: 'too_large', skipped: Infinity };

  test('a text that was too long to keep tells what its ends know', () => {
    const result = { content: [{ type: 'text', text: 'no '.repeat(3000) }], isError: true };
    const [read] = cut(JSON.stringify({ jsonrpc: '2.0', result, id: 'x' })).messages;
    expect(facts(read)).toMatchObject({ kind: 'result', id: 'x', result: { isError: true } });
    expect(facts(read)).toHaveProperty('result.failure', expect.stringMatching(/^(no ){160}/));
  });

  test('half of an id is not read as a whole one', () => {
    const raw = JSON.stringify({ jsonrpc: '2.0', id: 'x'.repeat(5000), result: {} });
    expect(cut(raw)).toEqual(TOO_LARGE);
  });

  test('a text that was too long tells nothing if it does not begin and end like a message', () => {
    const json = JSON.stringify({ id: 1, result: { content: 'x'.repeat(5000) } });
    expect(cut(`log: ${json}`)).toEqual(NOT_JSON);
    expect(cut(`${json} done`)).toEqual(TOO_LARGE);
    expect(cut('Listening on port 3000. '.repeat(200))).toEqual(NOT_JSON);
  });

  test('a text that was too long and is not JSON-RPC is not a message', () => {
    const raw = JSON.stringify({ id: 1, result: { content: 'x'.repeat(5000) } });
    expect(cut(raw)).toMatchObject({ messages: [], problem: null, skipped: 0 });
  });

  test('a batch that was too long has an unknown number of messages', () => {
    const batch = Array.from({ length: 500 }, (_, id) => ({ id, result: {} }));
    expect(cut(JSON.stringify(batch))).toEqual(TOO_LARGE);
  });
});

describe('what is neither a JSON object nor an array', () => {
  test('any bytes that are neither a JSON object nor an array are not JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 20_000 }),
          fc.string().map((s) => Buffer.from(s)),
        ),
        (bytes) => {
          expect(isNotJson(wireTextOfChunks([Buffer.from(bytes)]))).toBe(
            !isObjectOrArray(Buffer.from(bytes).toString()),
          );
        },
      ),
    );
  });

  test('a long text without the end of a message is not JSON', () => {
    const raw = JSON.stringify({ id: 1, result: { content: [{ type: 'text', text: 'x'.repeat(20_000) }] } });
    for (let lost = 1; lost < 30; lost++) expect(isNotJson(wireTextOf(raw.slice(0, -lost)))).toBe(true);
    expect(isNotJson(wireTextOf(`${raw},`))).toBe(true);
    expect(isNotJson(wireTextOf(raw.replace('"}]}}', '\\"}]}}')))).toBe(true);
  });

  const million = 1_000_000;
  test.each([
    ['brackets', '['.repeat(million)],
    ['closing brackets', ']}'.repeat(million)],
    ['objects in objects', '{"a":'.repeat(million)],
    ['backslashes', '\\'.repeat(million)],
    ['a string of backslashes', `{"id":1,"result":{"content":"${'\\'.repeat(million)}"`],
    ['quotes', '"'.repeat(million)],
    ['a string without an end', `{"id":1,"result":{"content":"${'\\"'.repeat(million)}}}`],
  ])('a million characters that are no message are no trouble: %s', (_, raw) => {
    for (const text of [wireTextOf(raw), wireTextOfChunks([Buffer.from(raw)])]) {
      expect(readOf(text).messages).toEqual([]);
      expect(readOf(text).problem).not.toBeNull();
    }
  });

  test('a message that is nested deeper than any stack is read', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const raw = `{"jsonrpc":"2.0","id":1,"result":{"content":${deep},"isError":false}}`;
    expect(factsOf(wireTextOf(raw))).toMatchObject([{ kind: 'result', id: 1, result: { isError: false } }]);
  });
});

function isObjectOrArray(raw: string): boolean {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

test.each(['2026-11-28 12:00:00 started', 'x', '"text"', '5', 'true', ''])(
  'a line such as %j is no message, and is not even parsed',
  (line) => {
    const parse = vi.spyOn(JSON, 'parse');
    onTestFinished(() => parse.mockRestore());
    expect(isNotJson(wireTextOf(line))).toBe(true);
    expect(parse).not.toHaveBeenCalled();
  },
);
