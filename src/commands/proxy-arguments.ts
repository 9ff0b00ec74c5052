import { readConfig, type Config, type ReadConfig } from '../settings/config.ts';
import { PROXY_PREFIX } from '../settings/variable-prefixes.ts';
import { errorMessage } from '../errors.ts';
import { parseOptions, parseUrl, settingError } from './arguments.ts';
import type { COMMANDS } from './command-table.ts';
import { UPSTREAM_PROXIES } from './upstream-proxies.ts';
import { UsageError } from './usage-error.ts';

/** The arguments of `mcp-exporter proxy` before the `--`. */
export interface ProxyArguments {
  readonly config: Config;
  readonly name: string | undefined;
  readonly upstream: URL | undefined;
  readonly sdDir: string | undefined;
  /** Invalid flags and settings. They are ignored, and the others apply. */
  readonly problems: readonly Error[];
}

type Values = { readonly [K in keyof (typeof COMMANDS)['proxy']['options']]?: string };

/** An exporter with these settings serves nothing. The defaults would allow everyone. */
const CLOSED = { isAuthRequired: true, apiKey: undefined } as const;

/**
 * Reads flags and environment without throwing, because a mistake in them must not stop the server behind the proxy.
 *
 * @param isCommand - whether the proxy runs a command, whose variables have the names without {@link PROXY_PREFIX}. Many
 * such proxies run at once, so their ports default to free ones
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
  if (values.name === '') problems.push(new UsageError('--name: expected a non-empty name'));
  const settings = readConfig(env, { variablePrefix: isCommand ? PROXY_PREFIX : '' }, values);
  problems.push(...settings.problems.map(settingError));
  const readable = { ...settings.config, ...(settings.isAccessClear ? undefined : CLOSED) };
  const config = isCommand ? { ...readable, ...freePorts(settings) } : readable;
  const isScrapedHere = config.hubUrl === undefined;
  if (values['sd-dir'] !== undefined && !isScrapedHere) {
    problems.push(
      new UsageError('proxy: --sd-dir is ignored, because Prometheus scrapes the hub instead of this proxy'),
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
  const { values, positionals } = parseOptions('proxy', args);
  if (positionals.length === 0) return values;
  const received = JSON.stringify(positionals.join(' '));
  throw new UsageError(`proxy: expected -- before the command, got ${received}`);
}

/** Replaces default ports by free ones: many proxies run at once and cannot share a port. */
function freePorts({ config, given }: ReadConfig): Pick<Config, 'httpPort' | 'feedPort'> {
  const httpPort = given.has('httpPort') ? config.httpPort : 0;
  return { httpPort, feedPort: given.has('feedPort') ? config.feedPort : httpPort };
}
