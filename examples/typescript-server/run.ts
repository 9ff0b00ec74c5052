// Starts the server of http-server-sdk-v2.ts, and a client that calls its tool until Ctrl-C:
//   npm run example examples/typescript-server/run.ts
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { callTools } from '../call-tools.ts';
import { address } from './http-server-sdk-v2.ts';

const client = new Client({ name: 'example', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(address));
await callTools(client, [
  { name: 'forecast', arguments: { city: 'Bergen' } },
  // The city is missing, so this call fails.
  { name: 'forecast', arguments: {} },
]);
process.exit();
