import { dashboard } from '../frame.ts';
import { process } from './exporter-process.ts';
import { own } from './exporter-own.ts';

/** The exporter itself: resource usage, scrapes and errors. */
export const exporter = dashboard({
  uid: 'mcp-exporter',
  title: 'MCP exporter and runtime',
  description: 'The exporter itself: resource usage, scrapes, reports and errors.',
  from: 'now-3h',
  variables: [],
  sections: [...process, ...own],
});
