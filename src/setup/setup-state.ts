import { mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

import { ExporterError, errorMessage } from '../errors.ts';

const schema = z.object({
  /** Paths of the files that were wrapped. */
  files: z.array(z.string()),
  /** The hub that was started in the background. */
  hub: z.object({ pid: z.int().positive(), started: z.string() }).optional(),
  /** Path of the service definition that was written. */
  service: z.string().optional(),
  /** Address of the hub that the files report to. */
  hubUrl: z.string().optional(),
});

/** What `setup` has changed on this machine, for `setup --undo`. */
export type SetupState = z.infer<typeof schema>;

/** @throws ExporterError `invalid_client_config` if the file exists but is not a state */
export function loadState(file: string): SetupState {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { files: [] };
    throw new ExporterError(
      'invalid_client_config',
      `${file}: expected the state of setup: ${errorMessage(error)}. Remove the file, and undo with: ` +
        'mcp-exporter wrap-config --undo FILE',
      { cause: error },
    );
  }
}

/** Writes the state, or removes its file if nothing is left to undo. */
export function saveState(file: string, state: SetupState): void {
  if (state.files.length === 0 && !state.hub && state.service === undefined) {
    rmSync(file, { force: true });
    removeFolder(dirname(file));
    return;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileAtomic.sync(file, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It does not exist, or other files are in it.
  }
}
