// `npm run screenshots [FOLDER]` takes the documentation's pictures of the live page. It runs three MCP servers with
// clients, and a hub. It requires `chromium` on the PATH.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createScratchWorkspace } from '../../demo/scratch-workspace.ts';
import { startPrograms } from './programs.ts';
import { takePictures } from './pictures.ts';
import { keepBusy } from './traffic.ts';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/images/', import.meta.url));
/** Long enough for typical durations, and for charts of the last minutes. */
const BUSY_MS = Number(process.env['SCREENSHOT_BUSY_SECONDS'] ?? 150) * 1000;

const workspace = createScratchWorkspace();
const programs = await startPrograms(workspace.directory);
try {
  mkdirSync(folder, { recursive: true });
  const traffic = keepBusy(programs, workspace);
  await Promise.race([new Promise((resolve) => setTimeout(resolve, BUSY_MS)), traffic.failed]);
  for (const name of await takePictures(programs.hubUrl, (picture) => join(folder, picture)))
    console.log(name);
  await traffic.stop();
} finally {
  await programs.stop();
  workspace.remove();
}
