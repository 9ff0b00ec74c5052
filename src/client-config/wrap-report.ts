import { DEFAULT_PORT } from '../settings/settings.ts';
import { shellLine } from './proxy-command-line.ts';
import { isLoopback } from './proxy-ports.ts';
import type { WrappedConfig } from './wrap-config.ts';

interface ReportOptions {
  readonly file: string;
  readonly hubUrl: string;
  readonly program: readonly string[];
  readonly hasKey: boolean;
}

/** What was done to a client's configuration, and what is left for a person to do. */
export function reportLines(result: WrappedConfig, options: ReportOptions): string[] {
  const { wrapped, hubChanged, commands } = result;
  const lines = serverLines(result, options.file);
  if (wrapped.length > 0) lines.push(...programLines(options.program));
  if (wrapped.length + hubChanged.length > 0) lines.push(...hubLines(options));
  if (options.hasKey) {
    lines.push(
      'MONITORING_API_KEY is not written into the file. For a hub that asks for a key, each server’s "env" needs it: ' +
        'clients seldom pass their environment on.',
    );
  }
  if (commands.length > 0) {
    lines.push(
      'Keep these running too, which the client connects to:',
      ...commands.map((line) => `  ${line}`),
      'These servers now need a proxy that keeps running. One that signs users in by OAuth may refuse a client that ' +
        'comes through the proxy: leave its entry as it was.',
      'Equal lines for two files (the same --upstream and --port) need to be started once.',
    );
  }
  return lines;
}

function serverLines({ wrapped, hubChanged, skipped }: WrappedConfig, file: string): string[] {
  const total = wrapped.length + hubChanged.length + skipped.length;
  const change = hubChanged.length > 0 ? `, ${hubChanged.length} to give another hub` : '';
  return [
    `${file}: ${wrapped.length} of ${total} servers to wrap${change}`,
    ...wrapped.map((name) => `  wrapped ${printable(name)}`),
    ...hubChanged.map((name) => `  wrapped ${printable(name)} already (hub changed)`),
    ...skipped.map(({ name, reason }) => `  skipped ${printable(name)}: ${reason}`),
  ];
}

function programLines(program: readonly string[]): string[] {
  if (program.length === 1) return [];
  return [`mcp-exporter is not on your PATH, so the file starts it as: ${shellLine(program)}`];
}

function hubLines({ hubUrl, program }: ReportOptions): string[] {
  const url = new URL(hubUrl);
  if (!isLoopback(url) || url.protocol !== 'http:') {
    return [`The proxies report to ${hubUrl}: the hub must run there, on that machine.`];
  }
  const port = url.port === '' ? '80' : url.port;
  const options = port === String(DEFAULT_PORT) ? [] : ['--port', port];
  const line = shellLine([...program, 'hub', ...options]);
  return ['Keep the hub running, which the proxies report to:', `  ${line}`];
}

/** A name from the file, quoted if it could control the terminal. */
export function printable(name: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(name) ? name : JSON.stringify(name);
}
