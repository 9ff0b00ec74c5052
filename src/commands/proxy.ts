import { proxyCommand } from './proxy-command.ts';

/** `mcp-exporter proxy`: runs a stdio server and forwards its messages, or forwards requests to an HTTP server. */
export async function proxy(args: string[]): Promise<void> {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  const [command, ...commandArgs] = end === -1 ? [] : args.slice(end + 1);
  if (command === '') {
    const { UsageError } = await import('./usage-error.ts');
    throw new UsageError('proxy: expected a command after --, got an empty string');
  }
  if (command !== undefined) return proxyCommand({ flags, command, args: commandArgs });
  const { runUpstreamProxy } = await import('./run-upstream-proxy.ts');
  return runUpstreamProxy(flags);
}
