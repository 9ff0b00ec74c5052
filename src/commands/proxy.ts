import { createLogger } from '../logging/logger.ts';
import { expectNoMore } from './arguments.ts';
import { readProxyArguments } from './proxy-arguments.ts';
import { serverNameOf } from './server-name.ts';
import { UPSTREAM_PROXIES } from './upstream-proxies.ts';
import { UsageError } from './usage.ts';

/** `mcp-exporter proxy`: in front of a command that speaks MCP on stdio, or of a server that speaks HTTP. */
export async function proxy(args: string[]): Promise<void> {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const [command, ...commandArgs] = end === -1 ? [] : args.slice(end + 1);
  const given = readProxyArguments(own, process.env, command !== undefined);
  const { config, name, upstream, sdDir, problems } = given;
  const shared = { config, logger: createLogger(config.logLevel), sdDir };
  if (command !== undefined) {
    const serverName = name ?? serverNameOf(command, commandArgs);
    const { proxyCommand } = await import('./proxy-command.ts');
    return proxyCommand({ ...shared, command, args: commandArgs, serverName, problems: conflicts(given) });
  }
  if (problems[0]) throw problems[0];
  const loadProxy = upstream && UPSTREAM_PROXIES[upstream.protocol];
  if (!loadProxy) throw new UsageError('proxy: expected -- COMMAND, or --upstream URL');
  expectNoMore('proxy --upstream', commandArgs);
  const proxyUpstream = await loadProxy();
  return proxyUpstream({ ...shared, upstream, serverName: name ?? upstream.host });
}

function conflicts({ problems, upstream }: ReturnType<typeof readProxyArguments>): readonly Error[] {
  if (!upstream) return problems;
  return [
    ...problems,
    new UsageError('proxy: expected either --upstream or a command; --upstream is ignored'),
  ];
}
