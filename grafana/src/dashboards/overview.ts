import { dashboard } from '../frame.ts';
import { server } from '../variables.ts';
import { clients, exporters } from './overview-clients.ts';
import { messages } from './overview-messages.ts';
import { now } from './overview-now.ts';
import { proxies } from './overview-proxies.ts';
import { requestSections } from './overview-requests.ts';

/** The home page: whether users are hurt, since when, and by which tool. */
export const overview = dashboard({
  uid: 'mcp-overview',
  title: 'MCP overview',
  description: 'Whether users of the watched MCP servers are hurt, since when, and by which tool.',
  from: 'now-3h',
  variables: [server],
  sections: [now, ...requestSections, messages, exporters, clients, proxies],
});
