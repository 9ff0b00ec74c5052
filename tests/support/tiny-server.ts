/**
 * A minimal stdio MCP server, for tests with a hundred thousand calls. `add` succeeds, `fail` fails, and `hang` never
 * answers.
 */
export const TINY_SERVER = [
  '-e',
  `
  const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
  const tools = [{ name: 'add', inputSchema: { type: 'object' } }, { name: 'fail', inputSchema: { type: 'object' } }, { name: 'hang', inputSchema: { type: 'object' } }];
  const answers = {
    initialize: () => ({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'tiny', version: '1.0.0' } }),
    'tools/list': () => ({ tools }),
    'tools/call': ({ name, arguments: { a, b } = {} }) => name === 'fail'
      ? { isError: true, content: [{ type: 'text', text: 'it failed' }] }
      : { content: [{ type: 'text', text: String(a + b) }] },
    ping: () => ({}),
  };
  require('node:readline').createInterface(process.stdin).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined || params?.name === 'hang') return;
    const answer = answers[method];
    say(answer ? { id, result: answer(params ?? {}) } : { id, error: { code: -32601, message: 'no such method' } });
  });
  `,
];
