// `npm start` runs the built `mcp-exporter serve`, and ends it if npm is killed.
import './end-with-parent.js';

process.argv.splice(2, 0, 'serve');
await import('../dist/cli.js');
