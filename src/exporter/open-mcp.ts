import type { ExporterCore } from './exporter-core.ts';
import type { McpSource, ServedMcp } from './mcp-source.ts';

/** How long the exporter waits for a served MCP server to close. */
const CLOSE_WITHIN_MS = 2000;

/**
 * Opens the MCP server. One that cannot be opened is reported, and not served.
 *
 * @throws what `source` throws, if strict
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
 * Serves the client on stdin and stdout; null if the server cannot do that.
 *
 * @returns `closed` resolves when the client has closed its end
 * @throws what the server throws, if strict
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

/** Closes the MCP server. One that fails or hangs keeps nothing else from closing. */
export async function closeMcp(mcp: ServedMcp, { sessions }: ExporterCore): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WITHIN_MS)));
  try {
    await Promise.race([mcp.close?.(), timedOut]);
  } catch (error) {
    sessions.reportFault('mcp', error);
  } finally {
    clearTimeout(timer);
  }
}

/** Programs in JavaScript can return anything. */
function expectServed(served: ServedMcp): ServedMcp {
  if (typeof served?.handle === 'function' && typeof served.serverName === 'string') return served;
  throw new TypeError('mcp: expected a function that returns an object with serverName and handle');
}
