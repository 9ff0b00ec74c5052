import { PROXY_PREFIX, SERVER_PREFIX } from '../settings/variable-prefixes.ts';

type Environment = Record<string, string | undefined>;

/** The proxy needs these to start programs, such as `ps`, and to reach its hub. */
const NEEDED_BY_PROXY = /^(?:PATH|SYSTEMROOT|WINDIR|COMSPEC|TEMP|TMP|(?:HTTPS?|ALL|NO)_PROXY)$/i;

/**
 * The environment of the server behind a proxy: every variable without the prefix of the proxy's own, and the variables
 * with {@link SERVER_PREFIX} without it.
 */
export function serverEnvironment(env: Environment): NodeJS.ProcessEnv {
  const variables = Object.entries(env);
  const forServer = variables.filter(([name]) => name.startsWith(SERVER_PREFIX));
  return Object.fromEntries([
    ...variables.filter(([name]) => !name.startsWith(PROXY_PREFIX)),
    ...forServer.map(([name, value]) => [name.slice(SERVER_PREFIX.length), value]),
  ]) as NodeJS.ProcessEnv;
}

/**
 * Removes the server's variables from the proxy's own environment, because libraries of the proxy read some of them, such
 * as `DEBUG` and `NODE_ENV`.
 */
export function dropServerVariables(env: Environment, platform: NodeJS.Platform): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PROXY_PREFIX) && !NEEDED_BY_PROXY.test(name)) delete env[name];
  }
  // The server's PATH may lack the folders of the system.
  if (platform !== 'win32') env['PATH'] = [env['PATH'], '/usr/bin', '/bin'].filter(Boolean).join(':');
}
