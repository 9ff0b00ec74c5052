import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, onTestFinished, test } from 'vitest';

import type { Exporter } from '../../../src/exporter/exporter.ts';
import { monitorMcpServer } from '../../../src/index.ts';
import { labelOf, samplesOf } from '../../support/exposition.ts';
import { runExporter } from '../../support/running-exporter.ts';

/** A server whose tools fail if the client asks for it. */
async function connectTo(exporter: Exporter, name: string, tools: number): Promise<Client> {
  const server = new Server({ name, version: '1.0.0' }, { capabilities: { tools: {} } });
  const names = Array.from({ length: tools }, (_, i) => `tool_${i}`);
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: names.map((each) => ({ name: each, inputSchema: { type: 'object' as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [],
    isError: params.arguments?.['fails'] === true,
  }));
  monitorMcpServer(server, { exporter });
  const client = new Client({ name: 'test', version: '1' });
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  await server.connect(serverSide);
  await client.connect(clientSide);
  onTestFinished(() => client.close());
  await client.listTools();
  return client;
}

test.each([
  ['3,000 tools of one server', 1, 3000],
  ['100 tools of each of 20 servers', 20, 100],
])('/metrics has the calls that the clients counted, for each of %s', async (_, servers, tools) => {
  const { exporter, get } = await runExporter();
  const truth = new Map<string, number>();
  for (let server = 0; server < servers; server++) {
    const client = await connectTo(exporter, `server_${server}`, tools);
    for (let call = 0; call < 2 * tools; call++) {
      const name = `tool_${call % tools}`;
      const fails = call % 3 === 0;
      await client.callTool({ name, arguments: { fails } });
      const key = `server_${server} ${name} ${fails ? 'tool_error' : ''}`;
      truth.set(key, (truth.get(key) ?? 0) + 1);
    }
  }
  const samples = samplesOf((await get('/metrics')).text);
  const counted = samples
    .filter((sample) => sample.name === 'mcp_server_operations_total' && sample.value > 0)
    .filter((sample) => labelOf(sample, 'mcp_method_name') === 'tools/call')
    .map((sample): [string, number] => {
      const labels = ['mcp_server_name', 'gen_ai_tool_name', 'error_type'];
      return [labels.map((label) => labelOf(sample, label)).join(' '), sample.value];
    });
  expect(new Map(counted)).toEqual(truth);
});
