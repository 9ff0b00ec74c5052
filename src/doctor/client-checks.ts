import { existsSync } from 'node:fs';

import { shellLine } from '../client-config/proxy-command-line.ts';
import { printable } from '../client-config/wrap-report.ts';
import { errorMessage } from '../errors.ts';
import { PROXY_PREFIX } from '../settings/variable-prefixes.ts';
import { SETTINGS } from '../settings/settings.ts';
import type { ClientFile, Machine } from '../setup/client-files.ts';
import { probeAddress } from '../setup/hub-probe.ts';
import { ok, problem, warning, type Check } from './check.ts';
import { readClientServers, type ClientServer } from './client-servers.ts';
import type { NamedHub } from './hub-checks.ts';
import { inspectProgram } from './wrapped-program.ts';

interface ClientOptions {
  readonly machine: Machine;
  /** The version of this program. */
  readonly version: string;
}

/** The results for the files of all clients, and the hubs that their servers report to. */
export interface ClientChecks {
  readonly checks: readonly Check[];
  readonly hubs: readonly NamedHub[];
}

const NAME = 'MCP clients';

export async function checkClients(
  files: readonly ClientFile[],
  options: ClientOptions,
): Promise<ClientChecks> {
  const results = await Promise.all(
    files.filter(({ file }) => existsSync(file)).map((each) => checkFile(each, options)),
  );
  const checks = results.flatMap((each) => each.checks);
  const servers = results.flatMap((each) => each.servers);
  return {
    checks: [...checks, ...summarize(servers, checks)],
    hubs: results.flatMap((each) => each.hubs),
  };
}

function summarize(servers: readonly ClientServer[], checks: readonly Check[]): Check[] {
  if (servers.some(({ kind }) => kind !== 'unwrapped')) return [];
  if (servers.length === 0 && checks.length > 0) return [];
  if (servers.length === 0) return [ok(NAME, 'no configuration with servers found')];
  const fix = 'To watch the servers, run: mcp-exporter setup';
  return [warning(NAME, 'no server runs behind a proxy', { fix })];
}

interface FileChecks extends ClientChecks {
  readonly servers: readonly ClientServer[];
}

async function checkFile({ client, file }: ClientFile, options: ClientOptions): Promise<FileChecks> {
  try {
    const servers = readClientServers(file);
    if (servers.length === 0) return { checks: [], hubs: [], servers };
    const found = await Promise.all(servers.map((server) => checkServer(server, client, file, options)));
    const wrapped = servers.filter(({ kind }) => kind !== 'unwrapped').length;
    const summary = ok(client, `${file}: ${wrapped} of ${servers.length} servers behind a proxy`);
    const problems = found.flatMap(({ check }) => check ?? []);
    return {
      checks: problems.length > 0 ? problems : [summary],
      hubs: found.flatMap(({ hub }) => hub ?? []),
      servers,
    };
  } catch (error) {
    const reason = errorMessage(error);
    const message = reason.includes(file) ? reason : `${file}: ${reason}`;
    const fix = 'Correct the file, or restore it from a backup.';
    return {
      checks: [problem(client, message, { fix, section: 'invalidClientConfig' })],
      hubs: [],
      servers: [],
    };
  }
}

interface ServerChecks {
  readonly check?: Check | undefined;
  readonly hub?: NamedHub | undefined;
}

async function checkServer(
  server: ClientServer,
  client: string,
  file: string,
  options: ClientOptions,
): Promise<ServerChecks> {
  const subject = `${file}: ${printable(server.name)}`;
  switch (server.kind) {
    case 'unwrapped':
      return {};
    case 'url':
      return { check: await checkProxy(server.url, client, subject) };
    case 'command': {
      const check = checkProgram(server, { client, file, subject, ...options });
      if (check?.status === 'problem' || server.hub === undefined) return { check };
      const hub = SETTINGS.hubUrl.fromText(server.hub);
      if (hub.isAllowed && hub.value !== undefined) {
        // An entry without a key gets the one of the client's own environment, which is probably like this one.
        const hubKey = server.key ?? options.machine.env[PROXY_PREFIX + SETTINGS.hubKey.env];
        const reporters = [printable(server.name)];
        return { check, hub: { hubUrl: hub.value, hubKey, variablePrefix: PROXY_PREFIX, reporters } };
      }
      const fix = 'Correct --hub in the file.';
      return { check: problem(client, `${subject}: expected an http or https URL as its hub`, { fix }) };
    }
  }
}

async function checkProxy(url: URL, client: string, subject: string): Promise<Check | undefined> {
  if ((await probeAddress(url.origin)) === 'exporter') return undefined;
  const fix =
    'Start it with the command that wrap-config printed: mcp-exporter proxy --upstream URL --port PORT';
  return problem(client, `${subject}: no proxy answers at ${url.origin}${url.pathname}`, {
    fix,
    section: 'proxyNotRunning',
  });
}

interface ProgramOptions extends ClientOptions {
  readonly client: string;
  readonly file: string;
  readonly subject: string;
}

function checkProgram(
  { program: words, hub }: Extract<ClientServer, { kind: 'command' }>,
  { client, file, subject, machine, version }: ProgramOptions,
): Check | undefined {
  const program = inspectProgram(words, machine);
  if ('version' in program && (program.version === undefined || program.version === version))
    return undefined;
  const hubOption = hub === undefined ? [] : ['--hub', hub];
  const undo = shellLine(['mcp-exporter', 'wrap-config', '--undo', file]);
  const write = shellLine(['mcp-exporter', 'wrap-config', '--write', ...hubOption, file]);
  const fix = `Run: ${undo} && ${write}`;
  if ('missing' in program) {
    const message = `${subject}: its program ${printable(program.missing)} does not exist`;
    return problem(client, message, { fix, section: 'programMissing' });
  }
  const message = `${subject}: runs behind version ${program.version}, and this is ${version}`;
  return warning(client, message, { fix, section: 'otherVersion' });
}
