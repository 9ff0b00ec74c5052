import { dashboard } from '../frame.ts';
import { process } from './exporter-process.ts';
import { own } from './exporter-own.ts';

/** The exporter: what it uses, how much of that there is, and what it failed at. */
export const exporter = dashboard({
  uid: 'mcp-exporter',
  title: 'MCP exporter and runtime',
  description: 'The exporter itself: what it uses, what scrapes cost, and what it lost.',
  from: 'now-3h',
  variables: [],
  sections: [...process, ...own],
});
