import { readConfig, type Config, type ReadConfig } from '../settings/config.ts';
import { errorMessage } from '../errors.ts';
import { parseOptions, parseUrl, settingError, settingFlags } from './arguments.ts';
import { UPSTREAM_PROXIES } from './upstream-proxies.ts';
import { UsageError } from './usage-error.ts';

/** The arguments of `mcp-exporter proxy` before the `--`. */
export interface ProxyArguments {
  readonly config: Config;
  readonly name: string | undefined;
  readonly upstream: URL | undefined;
  readonly sdDir: string | undefined;
  /** What is wrong with flags and settings. What is wrong was left out, so that the rest can be used. */
  readonly problems: readonly Error[];
}

const OPTIONS = {
  name: { type: 'string' },
  ...settingFlags('hub', 'port'),
  'sd-dir': { type: 'string' },
  upstream: { type: 'string' },
} as const;

type Values = { readonly [K in keyof typeof OPTIONS]?: string };

/**
 * Reads flags and environment, without throwing: a server that is started through the proxy must not depend on them.
 *
 * @param isCommand - whether a command follows, of which many may run at once
 */
export function readProxyArguments(
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
  isCommand: boolean,
): ProxyArguments {
  const problems: Error[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(error instanceof Error ? error : new Error(errorMessage(error)));
      return undefined;
    }
  };
  const values = attempt(() => parseValues(args)) ?? {};
  const upstream = attempt(() =>
    values.upstream === undefined
      ? undefined
      : parseUrl('--upstream', values.upstream, Object.keys(UPSTREAM_PROXIES)),
  );
  if (values.name === '') problems.push(new UsageError('--name: expected a text that is not empty'));
  const settings = readConfig(env, {}, values);
  problems.push(...settings.problems.map(settingError));
  const config = isCommand ? { ...settings.config, ...freePorts(settings) } : settings.config;
  const isScrapedHere = config.hubUrl === undefined;
  if (values['sd-dir'] !== undefined && !isScrapedHere) {
    problems.push(
      new UsageError('proxy: expected either a hub or --sd-dir: what is reported to a hub is scraped there'),
    );
  }
  return {
    config,
    name: values.name === '' ? undefined : values.name,
    upstream,
    sdDir: isScrapedHere ? values['sd-dir'] : undefined,
    problems,
  };
}

function parseValues(args: string[]): Values {
  const { values, positionals } = parseOptions('proxy', args, OPTIONS);
  if (positionals.length === 0) return values;
  const received = JSON.stringify(positionals.join(' '));
  throw new UsageError(`proxy: expected -- before the command, received ${received}`);
}

/** Ports that are not configured: many proxies run at once, and cannot share one. */
function freePorts({ config, given }: ReadConfig): Pick<Config, 'httpPort' | 'feedPort'> {
  const httpPort = given.has('httpPort') ? config.httpPort : 0;
  return { httpPort, feedPort: given.has('feedPort') ? config.feedPort : httpPort };
}
