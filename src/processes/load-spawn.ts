import { spawn } from 'node:child_process';

/**
 * Node's `spawn`; on Windows, the one of cross-spawn, as in the SDKs' clients. It finds `npx`, `uvx` and other `.cmd`
 * files by PATHEXT, and starts them by cmd.exe with quoted arguments. It is loaded on Windows only.
 */
export async function loadSpawn(platform: NodeJS.Platform = process.platform): Promise<typeof spawn> {
  return platform === 'win32' ? (await import('cross-spawn')).default.spawn : spawn;
}
