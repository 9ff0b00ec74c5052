import type { ExporterCore } from './exporter-core.ts';
import type { McpSource, ServedMcp } from './mcp-source.ts';

/** Maximum time to wait for a served MCP server to close. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Opens the MCP server. If that fails, reports the error and returns null.
 *
 * @throws an error of `source`, if strict
 */
export async function openMcp(source: McpSource, core: ExporterCore): Promise<ServedMcp | null> {
  const { sessions, config, logger, clock, version, strict } = core;
  try {
    return expectServed(await source({ sessions, config, logger, clock, version, strict }));
  } catch (error) {
    core.fail('mcp', error);
    return null;
  }
}

/**
 * Serves the client on stdin and stdout; null if the server does not support it.
 *
 * @returns `closed` resolves when the client has disconnected
 * @throws an error of the server, if strict
 */
export async function serveMcpOnStdio(
  mcp: ServedMcp,
  core: ExporterCore,
): Promise<{ readonly closed: Promise<void> } | null> {
  try {
    if (mcp.serveStdio) return await mcp.serveStdio();
    throw new TypeError('isStdioServed: expected an MCP server with a method serveStdio');
  } catch (error) {
    core.fail('mcp', error);
    return null;
  }
}

/** Closes the MCP server. An error or a timeout does not stop other parts from closing. */
export async function closeMcp(mcp: ServedMcp, { sessions }: ExporterCore): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
  try {
    await Promise.race([mcp.close?.(), timedOut]);
  } catch (error) {
    sessions.reportFault('mcp', error);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks at run time, because JavaScript programs can return anything. */
function expectServed(served: ServedMcp): ServedMcp {
  if (typeof served?.handle === 'function' && typeof served.serverName === 'string') return served;
  throw new TypeError('mcp: expected a function that returns an object with serverName and handle');
}
