// `npm run build`: runs one step after another. A signal also ends the running step, which a shell would leave behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

import './end-with-parent.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const TSC = 'node_modules/@typescript/native/bin/tsc';
const STEPS = [
  [TSC],
  ['scripts/build-page.js'],
  ['--import', 'tsx', 'scripts/bundle.js'],
  ['--import', 'tsx', 'scripts/write-runbooks.ts'],
];

let pid;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Signals the process group, because the compiler starts a child process.
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
    process.exit(128 + constants.signals[signal]);
  });
}
for (const step of STEPS) {
  const child = spawn(process.execPath, step, { cwd: root, stdio: 'inherit', detached: true });
  pid = child.pid;
  const [code] = await once(child, 'exit');
  pid = undefined;
  if (code !== 0) process.exit(code ?? 1);
}
