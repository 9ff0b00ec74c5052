import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { expect, test } from 'vitest';

import type { GateOptions } from '../../../src/http/gate.ts';
import type { Config } from '../../../src/settings/config.ts';
import { createGate } from '../../support/gates.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Received {
  readonly url?: string;
  readonly headers?: IncomingHttpHeaders;
  readonly to?: string | undefined;
}

/** A request as Node's parser gives it, from another machine. */
function request(received: Received = {}): IncomingMessage {
  const { url = '/', headers = {}, to } = { to: '127.0.0.1', ...received };
  const all: IncomingHttpHeaders = { host: 'localhost:3001', ...headers };
  const rawHeaders = Object.entries(all).flatMap(([name, value]) => [name, String(value)]);
  const socket = { localAddress: to, remoteAddress: '192.0.2.7' };
  return { url, headers: all, rawHeaders, socket } as unknown as IncomingMessage;
}

function counted(config: Partial<Config> = {}, options: Partial<GateOptions> = {}) {
  const reasons: string[] = [];
  const gate = createGate(config, { onRefused: (reason) => reasons.push(reason), ...options });
  return { gate, reasons };
}

test.each<[string, Received, Partial<Config>, string | undefined]>([
  ['a loopback name', {}, {}, undefined],
  ['the host that it listens on', { headers: { host: 'exporter' } }, { host: 'exporter' }, undefined],
  ['an IPv6 address it listens on', { headers: { host: '[fd00::2]' } }, { host: 'fd00::2' }, undefined],
  ['an address with brackets', { headers: { host: '[fd00::2]' } }, { host: '[fd00::2]' }, undefined],
  ['an allowed name', { headers: { host: 'A.example:1' } }, { allowedHosts: ['a.EXAMPLE'] }, undefined],
  ['the public URL', { headers: { host: 'b.example' } }, { publicUrl: 'https://b.example/x' }, undefined],
  [
    'an IPv6 address in the public URL',
    { headers: { host: '[2001:DB8:0::1]:8443', origin: 'https://[2001:db8::1]:8443' } },
    { publicUrl: 'https://[2001:db8::1]:8443/monitoring/' },
    undefined,
  ],
  ['the address it was sent to', { headers: { host: '127.0.0.1' }, to: '127.0.0.1' }, {}, undefined],
  ['another name', { headers: { host: 'c.example' } }, { allowedHosts: ['a.example'] }, 'forbidden_host'],
  ['another address', { headers: { host: '10.0.0.1' }, to: '127.0.0.1' }, {}, 'forbidden_host'],
  ['an address of a lost socket', { headers: { host: '10.0.0.1' }, to: undefined }, {}, 'forbidden_host'],
  ['a text that is no host', { headers: { host: 'a b' } }, {}, 'invalid_host'],
  ['two hosts, one not allowed', { url: 'http://c.example/' }, {}, 'forbidden_host'],
])('a request whose Host is %s is served or refused by it', (_title, received, config, code) => {
  const { gate, reasons } = counted(config);
  expect(gate.checkSource(request(received))?.code).toBe(code);
  expect(reasons).toEqual(code === undefined ? [] : [code]);
});

test.each<[string, string, boolean]>([
  ['localhost:3001', 'http://localhost:3001', true],
  ['localhost:3001', 'http://LOCALHOST:3001', true],
  ['localhost', 'http://localhost', true],
  ['localhost:80', 'http://localhost', true],
  ['localhost:443', 'https://localhost', true],
  ['localhost', 'https://localhost', true],
  ['localhost:3001', 'https://localhost:3001', true],
  ['localhost:3001', 'http://localhost:3002', false],
  ['localhost:3001', 'http://localhost', false],
  ['localhost', 'http://localhost:3001', false],
  // A proxy that terminates TLS passes on either port.
  ['localhost:80', 'https://localhost', true],
  ['localhost:443', 'http://localhost', true],
  ['localhost:80', 'https://localhost:8443', false],
  ['localhost', 'https://localhost:8443', false],
  ['localhost:3001', 'http://127.0.0.1:3001', false],
  ['localhost:3001', 'null', false],
  ['localhost:3001', '', false],
])('with the Host %s, the Origin %j is the exporter’s own: %j', (host, origin, isOwn) => {
  const { gate } = counted();
  const refusal = gate.checkSource(request({ headers: { host, origin } }));
  expect(refusal).toEqual(isOwn ? null : expect.objectContaining({ status: 403, code: 'forbidden_origin' }));
});

test('an Origin must be that of every host that a request names', () => {
  const { gate } = counted({ allowedHosts: ['a.example', 'b.example'] });
  const headers = { host: 'a.example', origin: 'http://a.example' };
  expect(gate.checkSource(request({ headers, url: 'http://a.example/' }))).toBeNull();
  expect(gate.checkSource(request({ headers, url: 'http://b.example/' }))?.code).toBe('forbidden_origin');
});

test.each<[string, IncomingHttpHeaders, string | undefined]>([
  ['a host with a port', { 'x-forwarded-host': 'a.example:8443' }, undefined],
  ['the host of the first proxy', { 'x-forwarded-host': 'a.example:8443, b.example' }, undefined],
  ['a port', { host: 'a.example', 'x-forwarded-port': '8443' }, undefined],
  ['a host and a port', { 'x-forwarded-host': 'a.example', 'x-forwarded-port': '8443' }, undefined],
  ['another port', { host: 'a.example', 'x-forwarded-port': '8444' }, 'forbidden_origin'],
  ['an invalid port', { host: 'a.example', 'x-forwarded-port': '8443x' }, 'forbidden_origin'],
  ['an invalid host', { 'x-forwarded-host': 'a b' }, 'forbidden_origin'],
  [
    'a rebound name',
    { 'x-forwarded-host': 'evil.example:8443', origin: 'https://evil.example:8443' },
    'forbidden_origin',
  ],
])(
  'an Origin is the exporter’s own by a proxy that forwards %s: refused with %j',
  (_title, headers, code) => {
    const { gate } = counted({ allowedHosts: ['a.example'] });
    const received = { headers: { origin: 'https://a.example:8443', ...headers } };
    expect(gate.checkSource(request(received))?.code).toBe(code);
  },
);

test('an Origin may be allowed by name, or be that of the public URL', () => {
  const { gate } = counted({ allowedOrigins: ['https://a.example'], publicUrl: 'https://b.example/page' });
  const check = (origin: string) => gate.checkSource(request({ headers: { origin } }))?.code;
  expect(['https://a.example', 'https://b.example'].map(check)).toEqual([undefined, undefined]);
  expect(check('https://b.example:1')).toBe('forbidden_origin');
});

test.each<[string | undefined, Partial<Config>, boolean]>([
  ['192.0.2.1', {}, false],
  ['192.0.2.1', { apiKey: 'key' }, true],
  ['192.0.2.1', { allowsUnauthenticated: true }, true],
  ['127.0.0.1', {}, true],
  [undefined, {}, true],
])('without a key, a request to %s with the settings %j is served: %j', (to, config, isServed) => {
  const { gate } = counted(config);
  expect(gate.checkSource(request({ to }))?.code).toBe(isServed ? undefined : 'authentication_required');
});

const keyed = (authorization?: string, url = '/') =>
  request({ url, headers: authorization === undefined ? {} : { authorization } });

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

test.each<[string | undefined, string | undefined]>([
  ['Bearer secret-key', undefined],
  ['bearer   secret-key', undefined],
  ['Bearer secret-kez', 'wrong_key'],
  ['Bearer secret-key2', 'wrong_key'],
  ['Bearer secret-key 2', 'missing_key'],
  ['Basic secret-key', 'missing_key'],
  [basic('prometheus:secret-key'), undefined],
  [basic(':secret-key').replace('Basic', 'basic'), undefined],
  [basic('secret-key:'), 'missing_key'],
  [basic('secret-key'), 'missing_key'],
  [basic('ops:of-a-proxy'), 'wrong_key'],
  ['x Bearer secret-key', 'missing_key'],
  ['Bearer ', 'missing_key'],
  ['', 'missing_key'],
  [undefined, 'missing_key'],
])('Authorization %j is refused for the reason %j', (authorization, reason) => {
  const { gate, reasons } = counted({ apiKey: 'secret-key' });
  const refusal = gate.checkKey(keyed(authorization));
  expect(reasons).toEqual(reason === undefined ? [] : [reason]);
  expect(refusal?.status).toBe(reason === undefined ? undefined : 401);
  if (refusal) expect(refusal.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="mcp-exporter"' });
});

test.each<[string, IncomingHttpHeaders, string | undefined]>([
  ['alone', { 'x-api-key': 'secret-key' }, undefined],
  ['wrong', { 'x-api-key': 'secret-kez' }, 'wrong_key'],
  ['empty', { 'x-api-key': '' }, 'missing_key'],
  [
    'with the password of a reverse proxy',
    { 'x-api-key': 'secret-key', authorization: basic('ops:of-a-proxy') },
    undefined,
  ],
  [
    'of a gateway, with the key as a bearer token',
    { 'x-api-key': 'of-a-gateway', authorization: 'Bearer secret-key' },
    undefined,
  ],
])('X-API-Key %s is refused for the reason %j', (_title, headers, reason) => {
  const { gate, reasons } = counted({ apiKey: 'secret-key' });
  gate.checkKey(request({ headers }));
  expect(reasons).toEqual(reason === undefined ? [] : [reason]);
});

test.each<[string, IncomingHttpHeaders, number]>([
  ['a request of the page', { 'x-requested-with': 'mcp-exporter' }, 403],
  ['a handshake of the page', { upgrade: 'websocket', origin: 'http://localhost' }, 403],
  ['a link of the page', { 'sec-fetch-site': 'same-origin' }, 403],
  ['an address that the user enters', { 'sec-fetch-site': 'none' }, 403],
  ['a request of another site', { 'sec-fetch-site': 'cross-site' }, 401],
  ['a handshake of a program', { upgrade: 'websocket' }, 401],
  ['a request of another page', { origin: 'http://localhost' }, 401],
])('%s without the key is refused with a status that keeps the sign-in of a proxy', (_, headers, status) => {
  const { gate, reasons } = counted({ apiKey: 'secret-key' });
  const [refusal, wrong] = [{}, { 'x-api-key': 'wrong' }].map((keys) =>
    gate.checkKey(request({ headers: { ...headers, ...keys } })),
  );
  expect(refusal).toMatchObject({ status, code: 'unauthorized' });
  expect(wrong).toEqual(refusal);
  expect(refusal?.headers === undefined).toBe(status === 403);
  expect(reasons).toEqual(['missing_key', 'wrong_key']);
});

test('without a key, every request carries the one that is required', () => {
  const { gate, reasons } = counted();
  expect(gate.checkKey(keyed())).toBeNull();
  expect(gate.checkKey(keyed('Bearer anything'))).toBeNull();
  expect(reasons).toEqual([]);
});

test('a client that guessed ten times waits for a minute, also with the right key', () => {
  const clock = new FakeClock();
  const { gate, reasons } = counted({ apiKey: 'secret-key' }, { clock });
  for (let i = 0; i < 10; i++) expect(gate.checkKey(keyed(`Bearer guess-${i}`))?.status).toBe(401);
  clock.advance(58_500);
  expect(gate.checkKey(keyed('Bearer secret-key'))).toMatchObject({
    status: 429,
    code: 'too_many_attempts',
    headers: { 'Retry-After': '2' },
  });
  expect(reasons.at(-1)).toBe('too_many_attempts');
  clock.advance(1500);
  expect(gate.checkKey(keyed('Bearer secret-key'))).toBeNull();
});

test.each([
  ['/ws', undefined],
  ['/ws?key=1', undefined],
  ['/below/another/path/ws', undefined],
  ['/ws/', 404],
  ['/mcp', 404],
  ['/?/ws', 404],
  ['', 404],
])('an upgrade at %j is answered with the status %j', (url, status) => {
  const refusal = counted().gate.checkUpgrade(request({ url }));
  expect(refusal?.status).toBe(status);
  if (refusal) expect(refusal).toMatchObject({ code: 'unknown_route', message: 'the live feed is at /ws' });
});

test('an upgrade is checked by its source first, and by its key in a header or elsewhere', () => {
  const keyWithoutHeader = ({ cookie }: IncomingHttpHeaders) => cookie;
  const { gate, reasons } = counted({ apiKey: 'secret-key' }, { keyWithoutHeader });
  const check = (headers: IncomingHttpHeaders) => gate.checkUpgrade(request({ url: '/ws', headers }))?.status;
  expect(check({ host: 'evil.example' })).toBe(403);
  expect(check({})).toBe(401);
  expect(check({ cookie: 'wrong' })).toBe(401);
  expect(check({ cookie: 'secret-key' })).toBeUndefined();
  expect(check({ cookie: 'wrong', authorization: 'Bearer secret-key' })).toBeUndefined();
  expect(reasons).toEqual(['forbidden_host', 'missing_key', 'wrong_key']);
});

test.each<[string, Received, Partial<Config>, RegExp]>([
  ['forbidden_host', { headers: { host: 'evil.example' } }, {}, / MONITORING_ALLOWED_HOSTS/],
  [
    'forbidden_host',
    { headers: { host: 'evil.example' } },
    { variablePrefix: 'MCP_EXPORTER_' },
    / MCP_EXPORTER_MONITORING_ALLOWED_HOSTS/,
  ],
  ['forbidden_host', { headers: { host: 'evil.example' } }, {}, / MONITORING_PUBLIC_URL/],
  ['forbidden_origin', { headers: { origin: 'null' } }, {}, / MONITORING_ALLOWED_ORIGINS/],
  ['forbidden_origin', { headers: { origin: 'null' } }, {}, / MONITORING_PUBLIC_URL/],
  ['authentication_required', { to: '192.0.2.1' }, {}, /MONITORING_REQUIRE_AUTH=true/],
])('a refusal for %s names the setting that changes it', (code, received, config, message) => {
  const refusal = counted(config).gate.checkSource(request(received));
  expect(refusal).toMatchObject({ status: 403, code, message: expect.stringMatching(message) as string });
});
