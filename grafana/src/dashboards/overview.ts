import { dashboard } from '../frame.ts';
import { server } from '../variables.ts';
import { clients, exporters } from './overview-clients.ts';
import { messages } from './overview-messages.ts';
import { now } from './overview-now.ts';
import { proxies } from './overview-proxies.ts';
import { requestSections } from './overview-requests.ts';

/** The start page: the impact on users, since when, and by which tool. */
export const overview = dashboard({
  uid: 'mcp-overview',
  title: 'MCP overview',
  description: 'Health of the watched MCP servers: traffic, errors, durations, sessions and proxies.',
  from: 'now-3h',
  variables: [server],
  sections: [now, ...requestSections, exporters, proxies, messages, clients],
});
