import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import { isListening } from './everything.ts';
import { inLanguage } from './snippets.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The host name in the documentation. */
export const HOST = 'ops.example.com';
export const CREDENTIALS = { username: 'alice', password: 'x' };

const PAGE = 'docs/reverse-proxies.md';

/** The text of the only configuration on the page that contains `part`. */
export function documented(language: 'nginx' | 'caddyfile', part: string): string {
  const found = inLanguage(language).filter(({ page, text }) => page === PAGE && text.includes(part));
  if (found.length !== 1 || !found[0]) throw new Error(`${PAGE} has ${found.length} of ${part}`);
  return found[0].text;
}

/** A certificate of {@link HOST} for one test. */
function createCertificate(folder: string) {
  const certificate = join(folder, `${HOST}.pem`);
  const key = join(folder, `${HOST}.key`);
  const names = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  return { certificate, key };
}

export interface ReverseProxyOptions {
  /** The configuration inside the documented server; by default the documented one. */
  readonly inside: string | null;
  /** The port of the proxy. */
  readonly port: number;
  /** The port of the exporter. */
  readonly upstreamPort: number;
}

/** Runs nginx with the documented files. Only addresses, ports and folders differ. */
export async function runNginx({ inside, port, upstreamPort }: ReverseProxyOptions) {
  const folder = temporaryFolder(join(tmpdir(), 'nginx-'));
  const { certificate, key } = createCertificate(folder);
  const local = (text: string) =>
    text
      .replaceAll('127.0.0.1:3001', `127.0.0.1:${upstreamPort}`)
      .replaceAll('listen 443', `listen 127.0.0.1:${port}`)
      .replaceAll(`/etc/ssl/certs/${HOST}.pem`, certificate)
      .replaceAll(`/etc/ssl/private/${HOST}.key`, key)
      .replaceAll('/etc/nginx/', `${folder}/`);
  const server = documented('nginx', '# /etc/nginx/sites-enabled/mcp-exporter');
  const files = [
    documented('nginx', '# /etc/nginx/conf.d/mcp-exporter.conf'),
    documented('nginx', '# /etc/nginx/snippets/mcp-exporter.conf'),
    inside === null ? server : server.replace(/ {4}location \/ \{.*?\n {4}\}/s, () => inside),
  ];
  for (const text of files) {
    const [, path = ''] = /^# \/etc\/nginx\/(\S+)/.exec(text) ?? [];
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), local(text));
  }
  const hash = execFileSync('openssl', ['passwd', '-apr1', CREDENTIALS.password], { encoding: 'utf8' });
  writeFileSync(join(folder, 'mcp-exporter.htpasswd'), `${CREDENTIALS.username}:${hash}`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = [
    'daemon off;',
    'master_process off;',
    `pid ${folder}/nginx.pid;`,
    'events {}',
    'http {',
    'access_log off;',
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    'include conf.d/*.conf;',
    'include sites-enabled/*;',
    '}',
  ];
  writeFileSync(join(folder, 'nginx.conf'), main.join('\n'));
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
  return runUntilListening('/usr/sbin/nginx', args, port, folder);
}

/** Runs Caddy with the documented file. Only addresses, ports and folders differ. */
export async function runCaddy({ inside, port, upstreamPort }: ReverseProxyOptions) {
  const folder = temporaryFolder(join(tmpdir(), 'caddy-'));
  const { certificate, key } = createCertificate(folder);
  const server = documented('caddyfile', `${HOST} {`);
  const text = (inside === null ? server : server.replace(/\treverse_proxy .*/, () => inside))
    .replaceAll('127.0.0.1:3001', `127.0.0.1:${upstreamPort}`)
    .replace(`${HOST} {`, `https://${HOST}:${port} {`)
    .replace(`/etc/ssl/certs/${HOST}.pem`, certificate)
    .replace(`/etc/ssl/private/${HOST}.key`, key);
  const global = '{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n';
  writeFileSync(join(folder, 'Caddyfile'), `${global}${text}\n`);
  const args = ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'];
  return runUntilListening('caddy', args, port, folder);
}

async function runUntilListening(command: string, args: string[], port: number, home: string) {
  const env = { PATH: process.env['PATH'], HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (!(await isListening(port)))
    if (child.exitCode !== null) throw new Error(`${command} has ended: ${log}`);
  return { child };
}
