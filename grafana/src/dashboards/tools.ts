import { dashboard } from '../frame.ts';
import { server, tool } from '../variables.ts';
import { allToolsSection } from './tools-all.ts';
import { chosenToolSection } from './tools-chosen.ts';

/** All tools, and details of the selected one. */
export const tools = dashboard({
  uid: 'mcp-tools',
  title: 'MCP tools',
  description: 'Calls, failures and durations of all tools, and details of a selected tool.',
  from: 'now-3h',
  variables: [server, tool],
  sections: [allToolsSection, chosenToolSection],
});
