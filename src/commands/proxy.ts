import { loadConfig, type Config } from '../config.ts';
import { createLogger } from '../logger.ts';
import { expectNoMore, parseHttpUrl, parseOptions, withPort } from './arguments.ts';
import { serverNameOf } from './server-name.ts';
import { UsageError } from './usage.ts';

/** `mcp-exporter proxy`: in front of a command that speaks MCP on stdio, or of a server that speaks HTTP. */
export async function proxy(args: string[]): Promise<void> {
  const end = args.indexOf('--');
  const { values, positionals } = parseOptions('proxy', end === -1 ? args : args.slice(0, end), {
    name: { type: 'string' },
    hub: { type: 'string' },
    port: { type: 'string' },
    'sd-file': { type: 'string' },
    upstream: { type: 'string' },
  });
  const [command, ...commandArgs] = end === -1 ? [] : args.slice(end + 1);
  if (positionals.length > 0) {
    throw new UsageError(
      `proxy: expected -- before the command, received ${JSON.stringify(positionals.join(' '))}`,
    );
  }
  const config = configOf(values, command !== undefined);
  const shared = { config, logger: createLogger(config.logLevel), sdFile: values['sd-file'] };
  if (values['sd-file'] !== undefined && config.hubUrl !== undefined) {
    throw new UsageError('proxy: expected a hub or --sd-file: what a hub is told is scraped there');
  }
  if (values.name === '') throw new UsageError('--name: expected a text that is not empty');
  if (values.upstream !== undefined) {
    expectNoMore('proxy --upstream', command === undefined ? [] : [command, ...commandArgs]);
    const upstream = parseHttpUrl('--upstream', values.upstream);
    const { proxyUpstream } = await import('./proxy-upstream.ts');
    return proxyUpstream({ ...shared, upstream, serverName: values.name ?? upstream.host });
  }
  if (command === undefined) throw new UsageError('proxy: expected -- COMMAND, or --upstream URL');
  const serverName = values.name ?? serverNameOf(command, commandArgs);
  const { proxyCommand } = await import('./proxy-command.ts');
  return proxyCommand({ ...shared, command, args: commandArgs, serverName });
}

interface ProxyArguments {
  readonly hub?: string | undefined;
  readonly port?: string | undefined;
}

function configOf({ hub, port }: ProxyArguments, isCommand: boolean): Config {
  const config = loadConfig(process.env);
  const hubUrl = hub === undefined ? config.hubUrl : parseHttpUrl('--hub', hub).href;
  if (port !== undefined) return withPort({ ...config, hubUrl }, port);
  // Many of them run at once, and cannot share a port.
  const isPortSet = Boolean(process.env['MONITORING_DASHBOARD_PORT']);
  const httpPort = isCommand && !isPortSet ? 0 : config.httpPort;
  const feedPort = isCommand && !process.env['MONITORING_WS_PORT'] ? httpPort : config.feedPort;
  return { ...config, hubUrl, httpPort, feedPort };
}
