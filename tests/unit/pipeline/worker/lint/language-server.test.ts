import { describe, expect, it, onTestFinished } from 'vitest';

import { LanguageServer } from '../../../../../src/pipeline/worker/lint/language-server.ts';

// Answers a request by its method, which is one of the functions.
const FAKE_SERVER = `
const say = (message) => {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  process.stdout.write('Content-Length: ' + Buffer.byteLength(body) + '\\r\\n\\r\\n' + body);
};
const answers = {
  echo: ({ id, params }) => say({ id, result: params }),
  ask: ({ id }) => { say({ id: 'q', method: 'workspace/configuration', params: { items: [1, 2] } }); asked = id; },
  fail: ({ id }) => say({ id, error: { code: 1, message: 'no luck' } }),
  large: ({ id, params }) => say({ id, result: 'x'.repeat(params.bytes) }),
  endless: () => process.stdout.write('Content-Length: 99999999999\\r\\n\\r\\n'),
  garbage: () => process.stdout.write('hello '.repeat(1000)),
  exit: () => process.exit(7),
};
let asked;
let pending = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  pending = Buffer.concat([pending, chunk]);
  for (;;) {
    const end = pending.indexOf('\\r\\n\\r\\n');
    const length = Number(/\\d+/.exec(pending.toString())?.[0]);
    if (end === -1 || pending.length < end + 4 + length) return;
    const message = JSON.parse(pending.subarray(end + 4, end + 4 + length));
    pending = pending.subarray(end + 4 + length);
    if (message.id === 'q') say({ id: asked, result: message.result });
    else answers[message.method]?.(message);
  }
});
`;

function startServer(maxMessageBytes = 100_000): LanguageServer {
  const command = [process.execPath, '-e', FAKE_SERVER] as const;
  const server = new LanguageServer([...command], { cwd: '/', maxMessageBytes });
  onTestFinished(() => server.close());
  return server;
}

describe('a language server', () => {
  it('a language server answers overlapping requests, also with text beyond ASCII', async () => {
    const server = startServer();
    const answers = ['ü', '😀', 'c'].map((text) => server.request('echo', { text }));
    expect(await Promise.all(answers)).toEqual([{ text: 'ü' }, { text: '😀' }, { text: 'c' }]);
    expect(await server.request('large', { bytes: 90_000 })).toHaveLength(90_000);
  });

  it('gets an answer to what it asks: it has no settings', async () => {
    expect(await startServer().request('ask', {})).toEqual([null, null]);
  });

  it('that answers with an error goes on', async () => {
    const server = startServer();
    await expect(server.request('fail', {})).rejects.toThrow('no luck');
    expect(await server.request('echo', { a: 1 })).toEqual({ a: 1 });
  });

  it.each([
    ['large', 'an answer of 10000036 bytes is too large'],
    ['endless', 'too large'],
    ['garbage', 'expected a header'],
    ['exit', 'exit code 7'],
  ])(
    'a language server that answers %s is ended, and later requests fail at once',
    async (method, reason) => {
      const server = startServer();
      await expect(server.request(method, { bytes: 100_000 * 100 })).rejects.toThrow(reason);
      await expect(server.request('echo', {})).rejects.toThrow(reason);
    },
  );

  it('a language server that cannot be started fails its requests', async () => {
    const server = new LanguageServer(['/nowhere/oxlint'], { cwd: '/', maxMessageBytes: 1 });
    await expect(server.request('echo', {})).rejects.toThrow('ENOENT');
  });
});
