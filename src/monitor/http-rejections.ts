/**
 * Whether an HTTP response rejects a request to an MCP endpoint. A server answers the GET and DELETE of clients with 405 if it
 * offers no stream or no sessions: these are questions, and not mistakes.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server}
 */
export function isRejection(method: string | undefined, httpStatus: number): boolean {
  if (httpStatus === 405 && (method === 'GET' || method === 'DELETE')) return false;
  return httpStatus >= 400;
}
