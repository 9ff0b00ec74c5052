import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on stderr: stdout belongs to MCP where it speaks stdio. */
export function createLogger(level: string): Logger {
  return pino({ name: 'mcp-exporter', level, base: null }, pino.destination({ dest: 2, sync: true }));
}
