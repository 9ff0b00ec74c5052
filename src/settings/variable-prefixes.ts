// Apart from the settings, because a proxy needs the prefixes before it starts its server.

/**
 * The prefix of the variables that `proxy -- COMMAND` reads. The client's configuration has one environment for the proxy
 * and its server, and the names without the prefix belong to the server.
 */
export const PROXY_PREFIX = 'MCP_EXPORTER_';

/** The prefix of variables that only the server gets, without the prefix. */
export const SERVER_PREFIX = `${PROXY_PREFIX}SERVER_`;
