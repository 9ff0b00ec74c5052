import type { IncomingMessage } from 'node:http';

import { expect, test } from 'vitest';

import { isLoopbackName } from '../../../src/client-address.ts';
import { hostsOf, isSameAddress, parseHost } from '../../../src/http/host-header.ts';

test.each([
  ['localhost', { name: 'localhost', port: null }],
  ['LOCALHOST.:80', { name: 'localhost', port: 80 }],
  ['my_host-1.example:65535', { name: 'my_host-1.example', port: 65_535 }],
  ['[::1]', { name: '::1', port: null }],
  ['[0:0:0:0:0:0:0:1]:0', { name: '::1', port: 0 }],
  ['[FE80::1]', { name: 'fe80::1', port: null }],
  ['[::ffff:1.2.3.4]', { name: '::ffff:102:304', port: null }],
])('the host %s is %j', (text, host) => {
  expect(parseHost(text)).toEqual(host);
});

test.each([
  '',
  '.',
  'a:',
  'a:65536',
  'a:000080',
  'a:http',
  'a:1:2',
  ' a',
  'a ',
  'a b',
  'user@a',
  'a/b',
  '::1',
  '[1.2.3.4]',
  '[::1',
  '[::1]x',
  'x[::1]',
  '[abcd]',
  '[fe80::1%eth0]',
])('%j is not a host', (text) => {
  expect(parseHost(text)).toBeNull();
});

const request = (url: string | undefined, ...hosts: string[]) =>
  ({
    url,
    headers: { host: hosts[0] },
    rawHeaders: ['Accept', 'host', ...hosts.flatMap((host) => ['hOSt', host])],
  }) as unknown as IncomingMessage;

const host = (name: string) => ({ name, port: null });

test.each([
  ['/metrics', ['a'], [host('a')]],
  ['*', ['a'], [host('a')]],
  ['http://b/metrics', ['a'], [host('a'), host('b')]],
  ['HTTPS://b', ['a'], [host('a'), host('b')]],
  ['http://b?x=/y', ['a'], [host('a'), host('b')]],
  ['http://b#x', ['a'], [host('a'), host('b')]],
])('a request for %s with the Host %j names %j', (url, hosts, named) => {
  expect(hostsOf(request(url, ...hosts))).toEqual(named);
});

test.each([
  ['/', []],
  ['/', ['a', 'a']],
  ['/', ['a b']],
  ['', ['a']],
  [undefined, ['a']],
  ['metrics', ['a']],
  ['b:443', ['a']],
  ['ftp://b/', ['a']],
  ['xhttp://b/', ['a']],
  ['http://', ['a']],
  ['http://user@b/', ['a']],
])('a request for %s with the Host headers %j cannot be read', (url, hosts) => {
  expect(hostsOf(request(url, ...hosts))).toBeNull();
});

test.each([
  ['localhost', true],
  ['mcp.localhost', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['notlocalhost', false],
  ['localhost.example', false],
  ['10.0.0.1', false],
])('%s is a name of this machine alone: %j', (name, isLoopback) => {
  expect(isLoopbackName(name)).toBe(isLoopback);
});

test.each([
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.5', '::ffff:10.0.0.5', true],
  ['10.0.0.5', '::FFFF:10.0.0.5', true],
  ['fd00::2', 'FD00:0::2', true],
  ['fe80::1', 'fe80::1%eth0', true],
  ['10.0.0.5', '10.0.0.6', false],
  ['10.0.0.5', '::ffff:10.0.0.6', false],
  ['10.0.0.5', 'fd00::2', false],
  ['fd00::2', '10.0.0.5', false],
  ['fd00::2', 'fd00::3', false],
  ['fe80::1', 'fe80::2%eth0', false],
  ['exporter', 'fd00::2', false],
  ['exporter', '', false],
  ['fd00::2', '', false],
])('%s is the address %s of a socket: %j', (name, address, isSame) => {
  expect(isSameAddress(name, address)).toBe(isSame);
});
