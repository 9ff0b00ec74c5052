import { dashboard } from '../frame.ts';
import { server, tool } from '../variables.ts';
import { allToolsSection } from './tools-all.ts';
import { chosenToolSection } from './tools-chosen.ts';

/** Each tool on its own, and the one that was chosen in detail. */
export const tools = dashboard({
  uid: 'mcp-tools',
  title: 'MCP tools',
  description: 'Which tools are called, fail and are slow; and one of them in detail.',
  from: 'now-3h',
  variables: [server, tool],
  sections: [allToolsSection, chosenToolSection],
});
