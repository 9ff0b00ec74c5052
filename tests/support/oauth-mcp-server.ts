import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import { onTestFinished } from 'vitest';

/** An MCP server that only answers to tokens of its own authorization server, which agrees to every sign-in. */
export interface OAuthMcpServer {
  readonly url: URL;
  /** The number of tokens that it gave. */
  readonly signIns: () => number;
}

export async function startOAuthMcpServer(): Promise<OAuthMcpServer> {
  const app = express();
  app.use(express.json(), express.urlencoded({ extended: false }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const challengeOf = new Map<string, string>();
  const tokens = new Set<string>();

  app.get('/.well-known/oauth-protected-resource{/*path}', (_, response) => {
    response.json({ resource: `${base}/mcp`, authorization_servers: [base] });
  });
  app.get('/.well-known/oauth-authorization-server{/*path}', (_, response) => {
    response.json({
      issuer: base,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      registration_endpoint: `${base}/register`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
    });
  });
  app.post('/register', (request, response) => {
    response.status(201).json({ ...(request.body as object), client_id: randomUUID() });
  });
  app.get('/authorize', (request, response) => {
    const { redirect_uri, state, code_challenge } = request.query as Record<string, string>;
    const code = randomUUID();
    challengeOf.set(code, code_challenge ?? '');
    const back = new URL(redirect_uri ?? '');
    back.searchParams.set('code', code);
    if (state !== undefined) back.searchParams.set('state', state);
    response.redirect(back.href);
  });
  app.post('/token', (request, response) => {
    const { code = '', code_verifier = '' } = request.body as Record<string, string>;
    if (createHash('sha256').update(code_verifier).digest('base64url') !== challengeOf.get(code)) {
      response.status(400).json({ error: 'invalid_grant' });
      return;
    }
    challengeOf.delete(code);
    const token = randomUUID();
    tokens.add(token);
    response.json({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
  });
  app.post('/mcp', async (request, response) => {
    if (!tokens.has(request.headers.authorization?.replace('Bearer ', '') ?? '')) {
      const metadata = `${base}/.well-known/oauth-protected-resource/mcp`;
      response.status(401).set('WWW-Authenticate', `Bearer resource_metadata="${metadata}"`).end();
      return;
    }
    const mcp = new McpServer({ name: 'private', version: '1.0.0' });
    mcp.registerTool('greet', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }));
    const transport = new StreamableHTTPServerTransport({});
    await mcp.connect(transport);
    await transport.handleRequest(request, response, request.body);
  });
  app.all('/mcp', (_, response) => void response.status(405).end());
  return { url: new URL('/mcp', base), signIns: () => tokens.size };
}
