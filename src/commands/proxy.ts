import { proxyCommand } from './proxy-command.ts';

/** `mcp-exporter proxy`: in front of a command that speaks MCP on stdio, or of a server that speaks HTTP. */
export async function proxy(args: string[]): Promise<void> {
  const end = args.indexOf('--');
  const flags = end === -1 ? args : args.slice(0, end);
  const [command, ...commandArgs] = end === -1 ? [] : args.slice(end + 1);
  if (command === '') {
    const { UsageError } = await import('./usage-error.ts');
    throw new UsageError('expected a command after "--", got an empty text');
  }
  if (command !== undefined) return proxyCommand({ flags, command, args: commandArgs });
  const { runUpstreamProxy } = await import('./run-upstream-proxy.ts');
  return runUpstreamProxy(flags);
}
