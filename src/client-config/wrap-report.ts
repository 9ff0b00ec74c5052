import { DEFAULT_PORT } from '../settings/settings.ts';
import { shellLine } from './proxy-command-line.ts';
import { isLoopback } from './proxy-ports.ts';
import type { WrappedConfig } from './wrap-config.ts';

interface ReportOptions {
  readonly file: string;
  readonly hubUrl: string;
  readonly shellProgram: readonly string[];
  readonly hasKey: boolean;
}

/** The changes to a client's configuration, and the steps that are left for the user. */
export function reportLines(result: WrappedConfig, options: ReportOptions): string[] {
  const { wrapped, hubChanged, commands, signInEntries } = result;
  const lines = serverLines(result, options.file);
  if (wrapped.length + hubChanged.length > 0) lines.push(...hubLines(options));
  if (options.hasKey) {
    lines.push(
      'MONITORING_API_KEY is not written to the file. If the hub requires a key, set MCP_EXPORTER_MONITORING_API_KEY in ' +
        'the "env" of each server: most clients do not pass on their environment.',
    );
  }
  if (commands.length > 0) {
    lines.push(
      'Keep these proxies running. The client connects to them:',
      ...commands.map((line) => `  ${line}`),
      'If two files have the same command, start it once.',
    );
  }
  if (signInEntries.length > 0) {
    lines.push(
      'A server with an OAuth login needs another entry, because it refuses tokens for the address of a proxy. With this ' +
        'one, mcp-remote signs in:',
      ...signInEntries.map((entry) => `  ${entry}`),
    );
  }
  return lines;
}

function serverLines({ wrapped, hubChanged, skipped }: WrappedConfig, file: string): string[] {
  const total = wrapped.length + hubChanged.length + skipped.length;
  const change = hubChanged.length > 0 ? `, ${hubChanged.length} to report to another hub` : '';
  return [
    `${file}: ${wrapped.length} of ${total} servers to wrap${change}`,
    ...wrapped.map((name) => `  wrapped ${printable(name)}`),
    ...hubChanged.map((name) => `  wrapped ${printable(name)} already (hub changed)`),
    ...skipped.map(({ name, reason }) => `  skipped ${printable(name)}: ${reason}`),
  ];
}

function hubLines({ hubUrl, shellProgram }: ReportOptions): string[] {
  const url = new URL(hubUrl);
  if (!isLoopback(url) || url.protocol !== 'http:') {
    return [`The proxies report to ${hubUrl}. The hub must run there.`];
  }
  const port = url.port === '' ? '80' : url.port;
  const options = port === String(DEFAULT_PORT) ? [] : ['--port', port];
  const line = shellLine([...shellProgram, 'hub', ...options]);
  return ['Keep the hub running. The proxies report to it:', `  ${line}`];
}

/** A name from the file, quoted if it could control the terminal. */
export function printable(name: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(name) ? name : JSON.stringify(name);
}
