// `npm start`: the built `mcp-exporter serve`, which also ends if npm is killed.
import './end-with-parent.js';

process.argv.splice(2, 0, 'serve');
await import('../dist/cli.js');
